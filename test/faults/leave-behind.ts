import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { startWriter, until } from './run-writer';
import type { Report } from './writer-plan';

/** A root as others have left it. */
export interface LeftBehind {
  readonly root: string;
  readonly files: number;
  /** What those learnt that were killed. */
  readonly reports: readonly Report[];
}

/**
 * Makes a root in which one writer has ended in order and two were killed, one with half a line at its end, the other in
 * the hands of an adopter that is gone as well.
 */
export async function leaveBehind(
  dist: string,
  folder: string,
  { calls = 12, key }: { readonly calls?: number; readonly key?: string } = {},
): Promise<LeftBehind> {
  mkdirSync(folder, { recursive: true });
  const root = join(folder, 'trail');
  const plan = { dist, root, writers: 3, maxFileSizeMb: 0.004, maxFiles: 1_000, key };
  await startWriter({ ...plan, name: 'ended', calls }).done;
  const reports: Report[] = [];
  const before = new Set(readdirSync(root));
  // Both write at the same time, or the second would end what the first has left.
  const killed = ['torn', 'twice'].map((name) => startWriter({ ...plan, name, restMs: 2 }));
  for (const writer of killed) await until(writer, (heard) => heard.length > 30);
  for (const { child } of killed) child.kill('SIGKILL');
  for (const { done } of killed) reports.push(...(await done).reports);
  const [torn, twice] = readdirSync(root).filter((name) => !before.has(name)) as [string, string];
  tear(join(root, torn));
  renameSync(join(root, twice), join(root, twice.replace('.live', '.adopted-w-0000000000000000')));
  const files = readdirSync(root, { recursive: true }).filter((name) => String(name).endsWith('.ndjson')).length;
  return { root, files, reports: reports.filter((report) => 'id' in report) };
}

/** Half of a line, as a crash in the middle of a write leaves it. */
function tear(directory: string): void {
  const last = readdirSync(directory)
    .filter((name) => name.endsWith('.ndjson'))
    .sort()
    .at(-1);
  const file = join(directory, last as string);
  const line = readFileSync(file, 'utf8').split('\n')[0] as string;
  appendFileSync(file, line.slice(0, line.length / 2));
}
