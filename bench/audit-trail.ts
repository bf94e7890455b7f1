import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { markdownTable } from './markdown-table';
import { grouped, rounded, type Goal, type Measurement } from './measurement';
import { withScratchDirectory } from './scratch-directory';
import { itemsOfTrail, type TrailTask } from './trail-task';

const mebibyte = 2 ** 20;
const goalRecordsPerSecond = 200_000;
/** Less than three bytes for each record that is read. */
const goalGrowthMiB = 2;

interface Reading {
  readonly task: 'verify' | 'query';
  /** Of the trail. */
  readonly records: number;
  readonly bytes: number;
  readonly recordsPerSecond: number;
  readonly heapMiB: number;
  readonly rssMiB: number;
}

interface AuditTrail {
  readonly readings: readonly Reading[];
  readonly problems: readonly string[];
}

/** How fast a trail is read, and whether that takes more memory where there is more of it. */
export const auditTrail: Measurement<AuditTrail> = {
  name: 'audit-trail',
  title: 'Reading an audit trail',
  run: ({ isQuick }) =>
    withScratchDirectory((directory) => {
      const [small, large, largestBytes] = isQuick ? [5_000, 25_000, 5e7] : [100_000, 1_000_000, 1e9];
      const readings: Reading[] = [];
      const problems: string[] = [];
      const trail = (name: string): string => join(directory, name);
      const read = (task: Reading['task'], name: string, records: number): void => {
        const bytes = sizeOf(trail(name));
        const { records: found, seconds, heapBytes, rssBytes } = runTask(task, trail(name));
        const [heapMiB, rssMiB] = [heapBytes, rssBytes].map((of) => rounded(of / mebibyte)) as [number, number];
        readings.push({ task, records, bytes, recordsPerSecond: rounded(records / seconds), heapMiB, rssMiB });
        // Beside the events, a trail has records of its own.
        const isComplete = task === 'verify' ? found > records : found === records / itemsOfTrail;
        if (!isComplete) problems.push(`${task} of ${records} records: got ${found}`);
      };
      for (const [name, records] of [
        ['small', small],
        ['large', large],
      ] as const) {
        runTask('write', trail(name), records);
        read('verify', name, records);
      }
      read('query', 'small', small);
      const bytesPerRecord = sizeOf(trail('large')) / large;
      const others = Math.max(0, Math.ceil(largestBytes / bytesPerRecord - large));
      const added = Math.ceil(others / itemsOfTrail) * itemsOfTrail;
      runTask('write', trail('large'), added);
      read('query', 'large', large + added);
      return Promise.resolve({ readings, problems });
    }),
  problems: ({ problems }) => problems,
  goals: ({ readings }) => [...goalsOf(readings)],
  render: ({ readings }) =>
    [
      '`verifyTrail` reads every byte, hashes every record and checks every seal; the query looks for one item in',
      `${grouped(itemsOfTrail)} with \`JsonAuditBackend\`, through the trails of two writers where it is the large one. Each in a process of`,
      'its own, started for it. The heap is what is left of it after full collections, ten a second; RSS includes garbage.',
      'Both at most.',
      '',
      markdownTable(
        ['', 'records', 'MB', 'records/s', 'heap in MiB', 'RSS in MiB'],
        readings.map(({ task, records, bytes, recordsPerSecond, heapMiB, rssMiB }) => [
          task,
          grouped(records),
          (bytes / 1e6).toFixed(0),
          grouped(recordsPerSecond),
          heapMiB.toFixed(1),
          rssMiB.toFixed(1),
        ]),
      ),
    ].join('\n'),
};

function* goalsOf(readings: readonly Reading[]): Generator<Goal> {
  for (const task of ['verify', 'query'] as const) {
    const [small, large] = readings.filter((reading) => reading.task === task);
    if (small === undefined || large === undefined) continue;
    if (task === 'verify') {
      const { records, recordsPerSecond } = large;
      yield {
        what: `verifying a trail of ${grouped(records)} records`,
        goal: `>= ${grouped(goalRecordsPerSecond)} records/s`,
        measured: grouped(recordsPerSecond),
        isMet: recordsPerSecond >= goalRecordsPerSecond,
      };
    }
    const growth = large.heapMiB - small.heapMiB;
    yield {
      what: `${task} of ${(large.bytes / 1e6).toFixed(0)} MB instead of ${(small.bytes / 1e6).toFixed(0)} MB`,
      goal: `<= ${goalGrowthMiB} MiB more heap`,
      measured: growth.toFixed(1),
      isMet: growth <= goalGrowthMiB,
    };
  }
}

function runTask(task: 'write' | Reading['task'], root: string, records?: number): TrailTask {
  const program = [join(__dirname, 'trail-task.js'), task, root, ...(records === undefined ? [] : [String(records)])];
  return JSON.parse(execFileSync(process.execPath, ['--expose-gc', ...program], { encoding: 'utf8' })) as TrailTask;
}

function sizeOf(root: string): number {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ndjson'));
  return files.reduce((sum, file) => sum + statSync(join(root, file)).size, 0);
}
