import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePrometheusText, type Sample } from './prometheus-text';
import { readRowChanges, type RowChanges } from './row-changes';
import type { ServiceReady } from './service-task';
import type { ReceivedSpan } from './span-receiver';

/** One line of a file of JSON lines. */
export type Line = Readonly<Record<string, unknown>>;

interface JournalRecord {
  readonly event?: Line;
}

/** What a run has left behind, read from outside of the service's process. */
export interface Evidence {
  /** Read again from the audit files. */
  readonly auditEvents: readonly Line[];
  /** Scraped over HTTP. */
  readonly samples: readonly Sample[];
  /** Asked of the receiver. */
  readonly spans: readonly ReceivedSpan[];
  /** Read from the log file; only the lines of calls. */
  readonly logLines: readonly Line[];
  /** The triggers' count, read from the database. */
  readonly rowChanges: RowChanges;
}

/** Scrapes `/metrics`; the service has to be up. */
export async function scrape(url: string): Promise<Sample[]> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return parsePrometheusText(await response.text());
}

/** Collects the rest; the service has to be stopped, so that everything is written and sent. */
export async function collectEvidence(
  service: ServiceReady,
  receiverUrl: string,
  samples: readonly Sample[],
): Promise<Evidence> {
  const response = await fetch(`${receiverUrl}/spans`);
  const names = readdirSync(service.auditDirectory, { recursive: true, encoding: 'utf8' });
  const records = names
    .filter((name) => name.endsWith('.ndjson'))
    .flatMap((name) => readLines(join(service.auditDirectory, name)));
  return {
    auditEvents: records.flatMap(({ b: record }) => eventOf(record as JournalRecord)),
    samples,
    spans: (await response.json()) as ReceivedSpan[],
    logLines: readLines(service.logFile).filter((line) => line['operation'] !== undefined),
    rowChanges: readRowChanges(service.databaseFile),
  };
}

/** Beside events, the journal has records of its own. */
function eventOf({ event }: JournalRecord): Line[] {
  return event === undefined ? [] : [event];
}

function readLines(file: string): Line[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}
