import { setTimeout as pause } from 'node:timers/promises';
import { filterEvents, type AuditFilter } from '../audit/audit-filter';
import type { AuditEvent } from '../audit/audit-event';
import { TrailFollower } from '../audit/journal/follow-trail';
import { parseEvent, readTrailEvents, SettledInOrder } from '../audit/journal/read-trail-events';
import { eventFormats, type OutputFormat } from './event-output';
import { EventPrinter, UnreadableLines } from './event-printer';
import { filterOf, type FilterOptions } from './option-values';

interface TailOptions extends FilterOptions {
  readonly lines: number;
  readonly follow?: boolean;
  readonly format: OutputFormat;
}

const pollIntervalMs = 200;

export async function tailEvents(directory: string, options: TailOptions): Promise<void> {
  const printer = new EventPrinter(process.stdout, eventFormats[options.format]);
  const filter = filterOf(options);
  const follower = options.follow === true ? await TrailFollower.fromEnd(directory) : undefined;
  const unreadable = new UnreadableLines();
  const last: AuditEvent[] = [];
  const newestFirst = readTrailEvents(directory, { order: 'desc', onUnreadable: unreadable.add });
  for await (const event of filterEvents(newestFirst, { ...filter, limit: options.lines })) last.push(event);
  for (const event of last.toReversed()) await printer.print(event);
  unreadable.report();
  if (follower !== undefined) await follow(follower, filter, printer, new Set(last.map(({ eventId }) => eventId)));
}

/** Prints what comes until the process is told to end. `printed` are events that may come again. */
async function follow(
  follower: TrailFollower,
  filter: AuditFilter,
  printer: EventPrinter,
  printed: ReadonlySet<string>,
): Promise<void> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  const pairs = new SettledInOrder();
  while (!interrupted.signal.aborted) {
    const arrived: AuditEvent[] = [];
    for await (const found of follower.poll()) {
      const event = pairs.settle(found) ? parseEvent(found, () => undefined) : undefined;
      if (event !== undefined && !printed.has(event.eventId)) arrived.push(event);
    }
    for await (const event of filterEvents(arrived, filter)) await printer.print(event);
    await pause(pollIntervalMs, undefined, { signal: interrupted.signal }).catch(() => undefined);
  }
}
