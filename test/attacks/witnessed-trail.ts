import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TrailReport } from '../../src/index';
import type { Ground } from '../faults/bar';
import {
  runKeyedWriter,
  startKeyedWriter,
  type KeyedPlan,
  type KeyedRun,
  type RunningKeyedWriter,
} from './keyed-writer-plan';

type Trefoil = typeof import('../../src/index');

/** A root whose writers sign and anchor what they write, each in a process of its own. */
export class WitnessedTrail {
  /** A directory of its own, beside the trail’s. */
  readonly place: string;
  readonly root: string;
  readonly key: string;
  readonly anchors: string;
  readonly publicKey: string;
  readonly #dist: string;

  constructor({ dist, folder }: Ground, name: string) {
    const place = join(folder, name);
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place, { recursive: true });
    this.#dist = dist;
    this.place = place;
    this.root = join(place, 'trail');
    this.key = join(place, 'key.pem');
    this.anchors = join(place, 'anchors.ndjson');
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    this.publicKey = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    writeFileSync(this.key, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  }

  /** Writes events, and ends in order. */
  write(
    name: string,
    events: number,
    wrapper: readonly string[] = [],
    others: Partial<KeyedPlan> = {},
  ): Promise<KeyedRun> {
    return runKeyedWriter(this.plan(name, events, { ends: 'close', ...others }), wrapper);
  }

  /** Writes events and is killed; gives the directory that it has left. */
  async writeAndDie(name: string, events: number, others: Partial<KeyedPlan> = {}): Promise<string> {
    const { directory } = await runKeyedWriter(this.plan(name, events, { ends: 'kill', ...others }));
    return directory;
  }

  /** Writes events, and goes on to live; `others` of its plan are unlike those of this trail. */
  start(
    name: string,
    events: number,
    wrapper: readonly string[] = [],
    others: Partial<KeyedPlan> = {},
  ): RunningKeyedWriter {
    return startKeyedWriter(this.plan(name, events, { ends: 'stay', ...others }), wrapper);
  }

  /** The names of the directories of writers. */
  writers(): string[] {
    return readdirSync(this.root).filter((name) => name.startsWith('w-'));
  }

  async verify({ hasAnchors = true, hasKey = true } = {}): Promise<TrailReport> {
    const { verifyTrail, readAnchors } = this.#trefoil();
    const anchors = hasAnchors ? { anchors: readAnchors(this.anchors) } : {};
    const report = await verifyTrail(this.root, { ...(hasKey ? { publicKey: this.publicKey } : {}), ...anchors });
    // Earlier versions know nothing of these.
    return { ...report, quarantined: report.quarantined ?? [], unwitnessed: report.unwitnessed ?? 0 };
  }

  /** What a reader is given, without writing to the root. */
  async eventIds(): Promise<string[]> {
    const path = require.resolve(join(this.#dist, 'audit/journal/read-trail-events.js'));
    const { readTrailEvents } = require(path) as typeof import('../../src/audit/journal/read-trail-events');
    const ids: string[] = [];
    for await (const { eventId } of readTrailEvents(this.root)) ids.push(eventId);
    return ids;
  }

  /** What a writer has to do; `others` are unlike those of this trail. */
  plan(name: string, events: number, others: Partial<KeyedPlan> & Pick<KeyedPlan, 'ends'>): KeyedPlan {
    const { root, key, anchors } = this;
    return { dist: this.#dist, root, key, anchors, name, events, ...others };
  }

  #trefoil(): Trefoil {
    return require(join(this.#dist, 'index.js')) as Trefoil;
  }
}
