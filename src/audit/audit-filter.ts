import type { AuditEventType } from '../call/event-type';
import type { AuditEvent } from './audit-event';
import type { AuditStatus } from './audit-status';

/** Which events a query gives; every field that is set has to match. */
export interface AuditFilter {
  readonly eventType?: AuditEventType;
  readonly status?: AuditStatus;
  readonly storeName?: string;
  readonly storeType?: string;
  readonly storeId?: string;
  readonly itemId?: string;
  readonly userId?: string;
  readonly sessionId?: string;
  readonly traceId?: string;
  /** What one of the values holds, at any depth; upper and lower case are the same. */
  readonly text?: string;
  /** Inclusive. */
  readonly startTime?: Date;
  /** Exclusive. */
  readonly endTime?: Date;
  /** How many matches to pass over. Default 0. */
  readonly offset?: number;
  /** How many matches to give at most. Default: all. */
  readonly limit?: number;
  /** In the order of writing, or the last first. Default `asc`. */
  readonly order?: 'asc' | 'desc';
}

const equalFields = [
  'eventType',
  'status',
  'storeName',
  'storeType',
  'storeId',
  'itemId',
  'userId',
  'sessionId',
  'traceId',
] as const;

function matches(event: AuditEvent, filter: AuditFilter): boolean {
  for (const field of equalFields) {
    if (filter[field] !== undefined && filter[field] !== event[field]) return false;
  }
  if (filter.startTime !== undefined && event.timestamp < filter.startTime) return false;
  if (filter.endTime !== undefined && event.timestamp >= filter.endTime) return false;
  return filter.text === undefined || holdsText(event.toJSON(), filter.text.toLowerCase());
}

function holdsText(value: unknown, text: string): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some((part) => holdsText(part, text));
  return String(value).toLowerCase().includes(text);
}

/**
 * The events of a stream that a filter lets through, offset and limit applied; the rest is not read. The stream comes in
 * the order that the filter asks for.
 */
export async function* filterEvents(
  events: AsyncIterable<AuditEvent> | Iterable<AuditEvent>,
  filter: AuditFilter,
): AsyncGenerator<AuditEvent> {
  const { offset = 0, limit = Number.POSITIVE_INFINITY } = filter;
  if (limit <= 0) return;
  let matched = 0;
  for await (const event of events) {
    if (!matches(event, filter)) continue;
    matched += 1;
    if (matched > offset) yield event;
    if (matched >= offset + limit) return;
  }
}
