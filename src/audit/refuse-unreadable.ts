import { describeValue, TrefoilError } from '../errors';
import { AuditEvent } from './audit-event';
import { CallAuditEvent } from './call-audit-event';
import { requiredWireNames, wireFields } from './wire-fields';

/**
 * Refuses an event that no query could read back; one that is written all the same would be there, and never be found.
 *
 * @throws TrefoilError `TREFOIL_AUDIT_EVENT_INVALID`
 */
export function refuseUnreadable(event: AuditEvent): void {
  // Made by trefoil itself, and on the path of every audited call.
  if (event instanceof CallAuditEvent) return;
  if (typeof event !== 'object' || (event as AuditEvent | null) === null)
    throw refusal('the event', 'an AuditEvent', event);
  if (event.toJSON !== AuditEvent.prototype.toJSON) return refuseUnreadableJson(event);
  if (event.eventId === '') throw refusal('eventId', 'a text that is not empty', '');
  for (const [field, wireName, { expected, fits }] of wireFields) {
    const value = event[field];
    if (value === undefined ? !requiredWireNames.has(wireName) : isReadable(value, fits)) continue;
    throw refusal(field, expected, value);
  }
}

/** A time is written as a text, and what writes itself may come out as anything. */
function isReadable(value: unknown, fits: (value: unknown) => boolean): boolean {
  if (value instanceof Date) return !Number.isNaN(value.getTime()) && fits(value.toISOString());
  return fits(value) && typeof (value as { readonly toJSON?: unknown }).toJSON !== 'function';
}

/** Of a subclass that writes itself, or an object that is none of ours. */
function refuseUnreadableJson(event: AuditEvent): void {
  try {
    const { eventId } = AuditEvent.fromJSON(JSON.parse(JSON.stringify(event)));
    if (eventId !== '') return;
  } catch (cause) {
    throw refusal('the event', 'what AuditEvent.fromJSON reads', event, cause);
  }
  throw refusal('eventId', 'a text that is not empty', '');
}

function refusal(where: string, expected: string, given: unknown, cause?: unknown): TrefoilError {
  return new TrefoilError(
    'TREFOIL_AUDIT_EVENT_INVALID',
    {
      attempted: 'Taking an audit event',
      where,
      expected,
      given: describeValue(given),
      todo: 'Make events by `new AuditEvent({ … })`, or by trefoil.auditLogger(store).',
    },
    cause === undefined ? undefined : { cause },
  );
}
