import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What came out of a log of system calls. */
export interface OrderCheck {
  /** How many acknowledgements were looked at. */
  readonly acknowledged: number;
  readonly violations: readonly string[];
}

interface SystemCall {
  readonly name: string;
  readonly args: string;
  /** The path of the first descriptor in its arguments, or the one that was opened. */
  readonly path: string;
  readonly quoted: readonly string[];
  readonly failed: boolean;
}

const eventId = /event_id\\":\\"([^"\\]+)\\"/g;

/**
 * Reads what `strace -f -y` has seen of a writer, in its order: whatever the writer says that it was told is on disk has
 * to have been synced before, and so has every name that leads to it.
 */
export function checkOrder(log: string, folder: string): OrderCheck {
  const order = new Order(folder);
  const begun = new Map<string, string>();
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    const [, thread, text] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (thread === undefined || text === undefined) continue;
    if (text.endsWith(' <unfinished ...>')) {
      const start = text.slice(0, -' <unfinished ...>'.length);
      begun.set(thread, start);
      order.begin(thread, start);
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text);
    const whole = resumed === null ? text : `${begun.get(thread) ?? ''}${resumed[1]}`;
    if (resumed === null) order.begin(thread, whole);
    order.end(thread, whole);
  }
  return order.result();
}

class Order {
  readonly #folder: string;
  readonly #violations = new Set<string>();
  /** What was written to a file and not synced: the ids of events by path. */
  readonly #unsynced = new Map<string, Set<string>>();
  /** What a sync that is under way will have covered. */
  readonly #covered = new Map<string, Set<string>>();
  /** Names that were made in a directory, and would be gone after a crash. */
  readonly #names = new Map<string, Set<string>>();
  readonly #fileOf = new Map<string, string>();
  readonly #unsyncedCopies = new Set<string>();
  #acknowledged = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A sync covers what was written when it begins, and holds once it has ended. */
  begin(thread: string, text: string): void {
    const call = parse(text);
    if (call.name === 'fdatasync' || call.name === 'fsync') {
      this.#covered.set(thread, new Set(this.#unsynced.get(call.path)));
    } else if (call.name === 'write' && /^1[<,]/.test(call.args)) this.#acknowledge(call.quoted[0] ?? '');
  }

  end(thread: string, text: string): void {
    const call = parse(text);
    if (call.failed || !this.#concerns(call)) return;
    if (call.name === 'write' || call.name === 'pwrite64') this.#write(call);
    else if (call.name === 'openat' || call.name === 'open') this.#open(call);
    else if (call.name === 'mkdir' || call.name === 'mkdirat') this.#name(call.quoted[0] as string);
    else if (call.name.startsWith('rename')) this.#rename(call.quoted[0] as string, call.quoted[1] as string);
    else if (call.name === 'ftruncate') this.#truncate(call);
    else if (call.name === 'fdatasync' || call.name === 'fsync') this.#sync(thread, call);
  }

  result(): OrderCheck {
    return { acknowledged: this.#acknowledged, violations: [...this.#violations] };
  }

  #concerns({ path, quoted }: SystemCall): boolean {
    return [path, ...quoted].some((each) => each.startsWith(this.#folder));
  }

  #write({ path, args }: SystemCall): void {
    const unsynced = this.#unsynced.get(path) ?? new Set();
    this.#unsynced.set(path, unsynced);
    for (const [, id] of args.matchAll(eventId)) {
      unsynced.add(id as string);
      this.#fileOf.set(id as string, path);
    }
    if (path.endsWith('.torn')) this.#unsyncedCopies.add(path);
  }

  #open({ path, args }: SystemCall): void {
    if (args.includes('O_EXCL') || path.endsWith('.torn')) this.#name(path);
  }

  #name(path: string): void {
    const directory = dirname(path);
    const names = this.#names.get(directory) ?? new Set();
    this.#names.set(directory, names.add(path));
  }

  /** What is in a directory is found under its new name from now on. */
  #rename(from: string, to: string): void {
    const moved = (path: string): string =>
      path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path;
    for (const map of [this.#unsynced, this.#names]) {
      for (const [path, value] of [...map]) {
        map.delete(path);
        map.set(moved(path), new Set([...value].map(moved)));
      }
    }
    for (const [id, path] of this.#fileOf) this.#fileOf.set(id, moved(path));
    for (const path of [...this.#unsyncedCopies]) {
      this.#unsyncedCopies.delete(path);
      this.#unsyncedCopies.add(moved(path));
    }
    if (!to.endsWith('lease.json')) this.#name(to);
  }

  /** Half a line is removed once its copy lasts. */
  #truncate({ path }: SystemCall): void {
    const copy = `${path}.torn`;
    const isNamed = !this.#names.get(dirname(path))?.has(copy);
    if (this.#unsyncedCopies.has(copy) || !isNamed)
      this.#violations.add('a tail was removed before its copy was on disk');
  }

  #sync(thread: string, { path }: SystemCall): void {
    const unsynced = this.#unsynced.get(path);
    for (const id of this.#covered.get(thread) ?? []) unsynced?.delete(id);
    this.#unsyncedCopies.delete(path);
    this.#names.delete(path);
  }

  #acknowledge(marker: string): void {
    const [, is, id, delivery] =
      /\\"is\\":\\"(\w+)\\",\\"id\\":\\"([^"\\]+)\\".*\\"delivery\\":\\"(\w+)\\"/.exec(marker) ?? [];
    if (is !== 'acked' || id === undefined || delivery === 'buffered') return;
    this.#acknowledged += 1;
    const path = this.#fileOf.get(id);
    if (path === undefined) {
      this.#violations.add('an event was acknowledged that was never written');
      return;
    }
    if (this.#unsynced.get(path)?.has(id)) this.#violations.add(`a ${delivery} event was acknowledged before its sync`);
    for (let at = path; at.startsWith(this.#folder) && at !== this.#folder; at = dirname(at)) {
      if (this.#names.get(dirname(at))?.has(at)) {
        this.#violations.add('an event was acknowledged before the directory of its file was synced');
      }
    }
  }
}

function parse(text: string): SystemCall {
  const [, name = '', rest = ''] = /^(\w+)\((.*)$/s.exec(text) ?? [];
  const [args = '', result = ''] = splitResult(rest);
  const opened = /^\d+<([^>]*)>/.exec(result)?.[1];
  return {
    name,
    args,
    path: opened ?? /^\d+<([^>]*)>/.exec(args)?.[1] ?? '',
    quoted: [...args.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, quoted]) => quoted as string),
    failed: result.startsWith('-1'),
  };
}

function splitResult(rest: string): [args: string, result: string] {
  const at = rest.lastIndexOf(') = ');
  return at < 0 ? [rest, ''] : [rest.slice(0, at), rest.slice(at + 4)];
}
