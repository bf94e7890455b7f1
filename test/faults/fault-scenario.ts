import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Ground } from './bar';
import { judge } from './judge';
import { leaveBehind, type LeftBehind } from './leave-behind';
import { reopenTrail } from './reopen-trail';
import { startWriter, type WriterRun } from './run-writer';
import { straceTo, traceChanging } from './strace';
import type { WriterPlan } from './writer-plan';

/** The system calls of a run that concern the trail. */
export interface EnumeratedCalls {
  /** What concerns it, relative to the folder of the run. */
  readonly paths: readonly string[];
  /** How often each call comes, in the thread that makes most of them. */
  readonly occurrences: Readonly<Record<string, number>>;
  /** What is wrong with the run even without a fault. */
  readonly violations: readonly string[];
}

/** A run that can be repeated, each time with the same system calls. */
export class FaultScenario {
  readonly name: string;
  readonly #dist: string;
  readonly #plan: Omit<WriterPlan, 'dist' | 'root' | 'anchor'>;
  readonly #left: LeftBehind | undefined;

  private constructor(name: string, ground: Ground, key: string, left: LeftBehind | undefined) {
    this.name = name;
    this.#dist = ground.dist;
    this.#left = left;
    const plan = { name: 'new', writers: 3, calls: 6 * ground.times, maxFileSizeMb: 0.004, seed: 'faults', key };
    this.#plan = left === undefined ? plan : { ...plan, maxFiles: left.files };
  }

  static async all(ground: Ground): Promise<FaultScenario[]> {
    // The same for all: what another key has signed would be set aside.
    const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    // So much that all files that have to go are of the one that has ended: what is judged has to stay.
    const left = await leaveBehind(ground.dist, join(ground.folder, 'left'), { calls: 40 * ground.times, key });
    return [
      new FaultScenario('a new root', ground, key, undefined),
      new FaultScenario('a root with others in it', ground, key, left),
    ];
  }

  run(folder: string, tracer: readonly string[]): Promise<WriterRun> {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const root = join(folder, 'deep/trail');
    // Retention goes by the times of files.
    if (this.#left !== undefined) cpSync(this.#left.root, root, { recursive: true, preserveTimestamps: true });
    return startWriter({ ...this.#plan, dist: this.#dist, root, anchor: join(folder, 'anchors') }, tracer).done;
  }

  /** Opens the trail of a run again, and tells what should not be so. */
  async judge(folder: string, { reports, wasKilled, complaints }: WriterRun): Promise<string[]> {
    const violations = new Set<string>();
    if (complaints !== '') violations.add(`said ${complaints}`);
    try {
      const trail = await reopenTrail(this.#dist, join(folder, 'deep/trail'), join(folder, 'anchors'), this.#plan.key);
      const ofOthers = this.#left === undefined ? [] : judge(this.#left.reports, trail, true);
      for (const what of [...trail.contradictions, ...judge(reports, trail, wasKilled), ...ofOthers])
        violations.add(what);
    } catch (error) {
      violations.add(`cannot be opened again: ${(error as Error).message}`);
    }
    return [...violations];
  }

  /** Runs without a fault, first to learn the names, then to count what concerns them. */
  async enumerate(folder: string): Promise<EnumeratedCalls> {
    const log = `${folder}.log`;
    await this.run(folder, straceTo(log, '-y', '-s', '4096', ...traceChanging));
    const found = readFileSync(log, 'utf8').matchAll(new RegExp(`["<](${folder}/[^">]*)[">]`, 'g'));
    const paths = [...new Set([...found].map(([, path]) => (path as string).slice(folder.length + 1)))];
    const run = await this.run(folder, straceTo(log, ...traceChanging, ...onlyPaths(folder, paths)));
    return { paths, occurrences: countCalls(readFileSync(log, 'utf8')), violations: await this.judge(folder, run) };
  }
}

/** Has strace look at these alone. */
export function onlyPaths(folder: string, paths: readonly string[]): string[] {
  return paths.flatMap((path) => ['-P', join(folder, path)]);
}

function countCalls(log: string): Record<string, number> {
  const byThread = new Map<string, number>();
  const occurrences: Record<string, number> = {};
  for (const [, thread, call = ''] of log.matchAll(/^(\d+) +(\w+)\(/gm)) {
    const count = (byThread.get(`${thread} ${call}`) ?? 0) + 1;
    byThread.set(`${thread} ${call}`, count);
    occurrences[call] = Math.max(occurrences[call] ?? 0, count);
  }
  return occurrences;
}
