import { AuditEvent } from '../audit-event';
import { readRecords, type ReadRecordsOptions } from './read-trail';
import type { OnUnreadable, TrailRecord } from './segment-records';

/**
 * The audit events of a trail, each call once: an intent gives way to its outcome, and is given with the status
 * `unknown` only where there is none. What is remembered meanwhile are the calls in flight at one time.
 *
 * @throws TrefoilError `TREFOIL_AUDIT_TRAIL` where the trail cannot be read
 */
export async function* readTrailEvents(root: string, options: ReadRecordsOptions = {}): AsyncGenerator<AuditEvent> {
  const pairs = options.order === 'desc' ? new SettledLastFirst() : new SettledInOrder();
  const onUnreadable: OnUnreadable = (...line) => options.onUnreadable?.(...line);
  for await (const found of readRecords(root, options)) {
    const event = pairs.settle(found) ? parseEvent(found, onUnreadable) : undefined;
    if (event !== undefined) yield event;
  }
  for (const found of pairs.left()) {
    const event = parseEvent(found, onUnreadable);
    if (event !== undefined) yield event;
  }
}

/** Tells which records stand for a call. */
interface CallPairs {
  settle(found: TrailRecord): boolean;
  /** Intents that nothing has come of. */
  left(): Iterable<TrailRecord>;
}

export class SettledInOrder implements CallPairs {
  readonly #intents = new Map<unknown, TrailRecord>();

  settle(found: TrailRecord): boolean {
    const { record } = found;
    if (record.kind === 'intent') this.#intents.set(record.event['event_id'], found);
    if (record.kind === 'outcome') this.#intents.delete(record.event['event_id']);
    return record.kind === 'event' || record.kind === 'outcome';
  }

  left(): Iterable<TrailRecord> {
    return this.#intents.values();
  }
}

class SettledLastFirst implements CallPairs {
  readonly #outcomes = new Set<unknown>();

  settle({ record }: TrailRecord): boolean {
    if (record.kind === 'outcome') this.#outcomes.add(record.event['event_id']);
    if (record.kind === 'intent') return !this.#outcomes.delete(record.event['event_id']);
    return record.kind === 'event' || record.kind === 'outcome';
  }

  left(): Iterable<TrailRecord> {
    return [];
  }
}

/** The event of a record; what is wrong with it is told. */
export function parseEvent({ record, file, line }: TrailRecord, onUnreadable: OnUnreadable): AuditEvent | undefined {
  if (record.kind !== 'event' && record.kind !== 'intent' && record.kind !== 'outcome') return undefined;
  try {
    return AuditEvent.fromJSON(record.event);
  } catch (error) {
    onUnreadable(file, line, error);
    return undefined;
  }
}
