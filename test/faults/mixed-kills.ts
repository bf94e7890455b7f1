import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { barOf, type Bar, type Ground } from './bar';
import { DroppedFiles } from './dropped-files';
import { judge } from './judge';
import { reopenTrail } from './reopen-trail';
import { startWriter, until, type RunningWriter, type WriterRun } from './run-writer';
import type { Report } from './writer-plan';

type Trefoil = typeof import('../../src/index');

/** So many processes are killed, some in each root, and so many calls are acknowledged for each of them at least. */
const kills = 40;
const killsPerRoot = 20;
const acknowledgedPerKill = 200;
const atOnce = 3;
const maxFiles = 30;
const maxFileSizeMb = 0.05;

/** Processes that share roots are killed, stopped and ended at random, while each adopts what others leave and old files go. */
export async function* mixedKills(ground: Ground): AsyncGenerator<Bar> {
  const total = { killed: 0, ended: 0, stopped: 0, acknowledged: 0, dropped: 0, verdicts: new Map<string, number>() };
  const violations: string[] = [];
  for (let killed = 0; killed < kills * ground.times; killed += killsPerRoot) {
    const era = new Era(ground, killed / killsPerRoot);
    await era.run();
    const { events, verdict, violations: wrong } = await era.judge();
    total.killed += era.killed;
    total.ended += era.ended;
    total.stopped += era.stopped;
    total.acknowledged += era.reports.filter(({ is }) => is === 'acked').length;
    total.dropped += events;
    total.verdicts.set(verdict, (total.verdicts.get(verdict) ?? 0) + 1);
    violations.push(...wrong.map((what) => `root ${killed / killsPerRoot}: ${what}`));
  }
  const verdicts = [...total.verdicts].map(([verdict, count]) => `${count} ${verdict}`).join(', ');
  const detail = `${total.killed} killed, ${total.ended} ended, ${total.stopped} stopped, ${total.acknowledged} acknowledged, ${total.dropped} of them dropped by retention, ${violations.length} violations; roots: ${verdicts}`;
  const isEnough = total.killed >= kills * ground.times && total.acknowledged >= acknowledgedPerKill * total.killed;
  yield barOf('kills, stops, adoption and retention', isEnough && total.dropped > 0, detail, violations);
}

/** One root, and the processes that share it. */
class Era {
  readonly reports: Report[] = [];
  killed = 0;
  ended = 0;
  stopped = 0;
  readonly #dist: string;
  readonly #root: string;
  readonly #anchor: string;
  readonly #number: number;
  readonly #key: string;
  readonly #violations: string[] = [];
  readonly #dropped: DroppedFiles;
  #starts = 0;

  constructor({ dist, folder }: Ground, number: number) {
    this.#dist = dist;
    this.#number = number;
    this.#root = join(folder, 'trail');
    this.#anchor = join(folder, 'anchors');
    rmSync(this.#root, { recursive: true, force: true });
    rmSync(this.#anchor, { force: true });
    this.#key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    this.#dropped = new DroppedFiles(this.#root);
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: atOnce }, () => this.#runOneAfterTheOther()));
  }

  async #runOneAfterTheOther(): Promise<void> {
    while (this.killed < killsPerRoot) {
      this.#starts += 1;
      const [root, anchor, key] = [this.#root, this.#anchor, this.#key];
      const name = `root${this.#number}start${this.#starts}`;
      const writer = startWriter({ dist: this.#dist, root, anchor, key, name, writers: 20, maxFileSizeMb, maxFiles });
      await until(writer, ({ length }) => length > 100);
      await this.#disturb(writer);
      this.#note(await writer.done);
    }
  }

  async #disturb({ child }: RunningWriter): Promise<void> {
    await setTimeout(Math.random() * 300);
    if (Math.random() < 0.3) {
      this.stopped += 1;
      child.kill('SIGSTOP');
      await setTimeout(Math.random() * 300);
      child.kill('SIGCONT');
      await setTimeout(Math.random() * 100);
    }
    const isKilled = Math.random() < 0.75 && this.killed < killsPerRoot;
    if (isKilled) this.killed += 1;
    else this.ended += 1;
    child.kill(isKilled ? 'SIGKILL' : 'SIGTERM');
  }

  #note({ reports, wasKilled, complaints }: WriterRun): void {
    this.reports.push(...reports);
    if (!wasKilled && reports.at(-1)?.is !== 'closed') this.#violations.push(`it did not close: ${complaints}`);
  }

  async judge(): Promise<{
    readonly events: number;
    readonly verdict: string;
    readonly violations: readonly string[];
  }> {
    const trail = await reopenTrail(this.#dist, this.#root, this.#anchor, this.#key);
    const dropped = await this.#dropped.end();
    const all = { ...trail, events: [...trail.events, ...dropped] };
    const violations = [...this.#violations, ...trail.contradictions, ...judge(this.reports, all, true)];
    const least = (maxFiles - 2) * maxFileSizeMb * 1_000_000;
    const bytes = bytesIn(this.#root);
    if (dropped.length > 0 && bytes < least) violations.push(`only ${bytes} bytes are kept`);
    return { events: dropped.length, verdict: await this.#verdict(), violations };
  }

  async #verdict(): Promise<string> {
    const { readAnchors, verifyTrail } = require(join(this.#dist, 'index.js')) as Trefoil;
    const publicKey = createPublicKey(this.#key).export({ type: 'spki', format: 'pem' }).toString();
    return (await verifyTrail(this.#root, { publicKey, anchors: readAnchors(this.#anchor) })).verdict;
  }
}

function bytesIn(root: string): number {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter(({ name }) => name.endsWith('.ndjson'));
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
