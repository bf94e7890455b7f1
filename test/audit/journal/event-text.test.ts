import fc from 'fast-check';
import { EventText } from '../../../src/audit/journal/event-text';
import { JournalClock } from '../../../src/audit/journal/journal-clock';
import { AuditEvent, AuditEventType, AuditStatus, type AuditEventInit } from '../../../src/index';

/** Any UTF-16, halves of surrogate pairs included, with much of what JSON or a line may not hold as it is. */
const text = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0x20, max: 0x7e }),
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(0x22, 0x5c, 0x0a, 0x00, 0x1f, 0x7f, 0x85, 0x2028, 0x2029, 0x202e, 0xd800, 0xdfff, 0xfeff),
    ),
    { maxLength: 12 },
  )
  .map((units) => String.fromCharCode(...units));

const values = fc.dictionary(
  text,
  fc.oneof(text, fc.double(), fc.boolean(), fc.constant(null), fc.constant(undefined), fc.date()),
  { maxKeys: 3 },
);

/** A field that is added to events has to be added here. */
const fields: { readonly [Field in keyof Required<AuditEventInit>]: fc.Arbitrary<AuditEventInit[Field]> } = {
  eventId: text,
  eventType: fc.constantFrom(...Object.values(AuditEventType)),
  timestamp: fc.date({ noInvalidDate: true }),
  status: fc.constantFrom(...Object.values(AuditStatus)),
  storeType: text,
  storeId: text,
  storeName: text,
  operation: text,
  itemId: text,
  userId: text,
  sessionId: text,
  tenantId: text,
  durationMs: fc.double(),
  metadata: values,
  attributes: values,
  changes: fc.record({ before: values, after: values }),
  errorType: text,
  errorMessage: text,
  errorChain: fc.array(fc.record({ type: text, message: text, code: text }), { maxLength: 3 }),
  ipAddress: text,
  userAgent: text,
  traceId: text,
  spanId: text,
  correlationId: text,
  requestId: text,
  service: text,
  environment: text,
  truncated: fc.boolean(),
};

const complete = fc.record(fields) as unknown as fc.Arbitrary<AuditEventInit>;
const partial = fc.record(fields, {
  requiredKeys: ['eventType', 'status', 'storeType'],
}) as unknown as fc.Arbitrary<AuditEventInit>;

function eventText(maxLength = 1_000_000): EventText {
  return new EventText(new JournalClock(), maxLength);
}

describe('the text of an event', () => {
  it('is what JSON makes of it, whatever its fields hold and whichever it has', () => {
    fc.assert(
      fc.property(fc.oneof(complete, partial), (init) => {
        const event = new AuditEvent(init);
        expect(eventText().of(event)).toBe(JSON.stringify(event));
      }),
    );
  });

  it('owes nothing to the events before, whatever they have in common with it', () => {
    const few = fc.constantFrom(undefined, '', 'a', 'a"', 'b');
    const status = fc.constantFrom(AuditStatus.SUCCESS, AuditStatus.FAILURE);
    const event = fc.record({ status, storeId: few, storeName: few, operation: few, service: few, environment: few });
    fc.assert(
      fc.property(fc.array(event, { minLength: 2 }), (inits) => {
        const shared = eventText();
        const events = inits.map((init) => new AuditEvent({ ...init, eventType: 'read', storeType: 'memory' }));
        expect(events.map((one) => shared.of(one))).toEqual(events.map((one) => JSON.stringify(one)));
      }),
    );
  });

  it("leaves to an event of one's own how it is written", () => {
    class ShortEvent extends AuditEvent {
      override toJSON(): Record<string, unknown> {
        return { event_id: this.eventId, short: true };
      }
    }
    const event = new ShortEvent({ eventId: 'e-1', eventType: 'read', status: 'success', storeType: 'memory' });
    expect(eventText().of(event)).toBe('{"event_id":"e-1","short":true}');
  });

  it('names what cannot be written, in a field that readers still take for what it is, and holds all the others', () => {
    const event = new AuditEvent({
      eventType: 'read',
      status: 'success',
      storeType: 'memory',
      itemId: 'i-1',
      metadata: { amount: 1n, currency: 'EUR' },
    });
    const { metadata: _unwritable, ...others } = event.toJSON();
    const metadata = { amount: '[UNSERIALIZABLE]', currency: 'EUR' };
    expect(JSON.parse(eventText().of(event))).toEqual({ ...others, metadata });
  });
});
