import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { TrailEvent } from './check-trail';

/** How often a root is looked at, in milliseconds: retention removes the oldest files, which have been there for longer. */
const lookMs = 5;
const eventKinds = ['event', 'intent', 'outcome'];

/** Keeps hold of every file of a trail, so that what retention has removed can still be read. */
export class DroppedFiles {
  readonly #root: string;
  /** Descriptors by inode. */
  readonly #held = new Map<number, number>();
  #isOver = false;
  readonly #done: Promise<void>;

  constructor(root: string) {
    this.#root = root;
    this.#done = this.#watch();
  }

  /** The events in files that are not there any more. */
  async end(): Promise<TrailEvent[]> {
    this.#isOver = true;
    await this.#done;
    const events: TrailEvent[] = [];
    for (const descriptor of this.#held.values()) {
      if (fs.fstatSync(descriptor).nlink === 0) events.push(...eventsIn(descriptor));
      fs.closeSync(descriptor);
    }
    return events;
  }

  async #watch(): Promise<void> {
    while (!this.#isOver) {
      this.#hold();
      await setTimeout(lookMs);
    }
  }

  #hold(): void {
    for (const directory of namesIn(this.#root)) {
      for (const name of namesIn(join(this.#root, directory))) {
        if (name.endsWith('.ndjson')) this.#holdFile(join(this.#root, directory, name));
      }
    }
  }

  #holdFile(path: string): void {
    try {
      if (this.#held.has(fs.statSync(path).ino)) return;
      const descriptor = fs.openSync(path, 'r');
      this.#held.set(fs.fstatSync(descriptor).ino, descriptor);
    } catch {
      // It was renamed or removed meanwhile.
    }
  }
}

function namesIn(directory: string): string[] {
  try {
    return fs.readdirSync(directory);
  } catch {
    return [];
  }
}

function eventsIn(descriptor: number): TrailEvent[] {
  const lines = fs.readFileSync(descriptor, 'utf8').split('\n');
  return lines.flatMap((line) => {
    if (line === '') return [];
    const { b } = JSON.parse(line) as { readonly b: { readonly kind: TrailEvent['kind']; readonly event?: object } };
    if (!eventKinds.includes(b.kind)) return [];
    const { event_id: id, status } = b.event as { readonly event_id: string; readonly status: string };
    return [{ id, kind: b.kind, status, writer: 'dropped' }];
  });
}
