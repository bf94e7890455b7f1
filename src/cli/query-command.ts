import { filterEvents, type AuditFilter } from '../audit/audit-filter';
import { readTrailEvents } from '../audit/journal/read-trail-events';
import { eventFormats, type OutputFormat } from './event-output';
import { EventPrinter, UnreadableLines } from './event-printer';
import { filterOf, type FilterOptions } from './option-values';

interface QueryOptions extends FilterOptions {
  readonly offset?: number;
  readonly limit?: number;
  readonly order: 'asc' | 'desc';
  readonly format: OutputFormat;
}

export async function queryEvents(directory: string, options: QueryOptions): Promise<void> {
  const { offset = 0, limit = Number.POSITIVE_INFINITY, order, format } = options;
  await printEvents(
    directory,
    { ...filterOf(options), offset, limit, order },
    new EventPrinter(process.stdout, eventFormats[format]),
  );
}

/** Prints the events that a filter lets through. */
export async function printEvents(directory: string, filter: AuditFilter, printer: EventPrinter): Promise<void> {
  const unreadable = new UnreadableLines();
  const events = readTrailEvents(directory, { order: filter.order, onUnreadable: unreadable.add });
  for await (const event of filterEvents(events, filter)) await printer.print(event);
  await printer.end();
  unreadable.report();
}
