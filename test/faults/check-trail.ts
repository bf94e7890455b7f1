import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A record of an event, as it stands in a trail. */
export interface TrailEvent {
  readonly id: string;
  readonly kind: 'event' | 'intent' | 'outcome';
  readonly status: string;
  readonly writer: string;
}

/** What is in a trail, read by its documented format alone: nothing here is shared with the code that wrote it. */
export interface Trail {
  readonly writers: readonly string[];
  readonly events: readonly TrailEvent[];
  /** Where a record says that another file or chain was damaged. */
  readonly damages: readonly string[];
  /** How many events the gaps say are lost. */
  readonly gapCount: number;
  readonly files: number;
  readonly bytes: number;
  /** What does not follow the format, or is not whole. */
  readonly problems: readonly string[];
}

interface Line {
  readonly previous: string;
  readonly hash: string;
  readonly body: Buffer;
  readonly record: TrailRecord;
}

interface TrailRecord {
  readonly seq: number;
  readonly kind: string;
  readonly [field: string]: unknown;
}

interface Dropped {
  readonly writer: string;
  readonly segment: number;
  readonly sealHash: string;
}

const directoryName = /^(w-[0-9a-f]{16})(\.live|\.new|\.adopted-w-[0-9a-f]{16})?$/;
const segmentName = /-(\d{8})\.ndjson$/;
const eventKinds = ['event', 'intent', 'outcome'];
/** Where the parts of a line stand: `{"p":"<16>","h":"<64>","b":<body>}`. */
const [previousAt, hashAt, bodyAt] = [6, 29, 99];

/** Checks every chain of a root that nobody writes any more: each has to be sealed. */
export function checkTrail(root: string): Trail {
  const check = new Check();
  for (const name of existsSync(root) ? readdirSync(root).sort() : []) {
    const [, writer, state] = directoryName.exec(name) ?? [];
    if (state === '.new') continue;
    if (writer === undefined) check.problem(name, 'is none of the trail’s');
    else if (state !== undefined) check.problem(name, 'was left behind');
    if (writer !== undefined) check.readWriter(writer, join(root, name));
  }
  return check.result();
}

class Check {
  readonly #events: TrailEvent[] = [];
  readonly #problems: string[] = [];
  readonly #writers: string[] = [];
  readonly #dropped: Dropped[] = [];
  /** Chains whose first segments are missing, and the head that these ended with. */
  readonly #beginnings: Dropped[] = [];
  readonly #damages: string[] = [];
  #gapCount = 0;
  #files = 0;
  #bytes = 0;

  problem(where: string, what: string): void {
    this.#problems.push(`${where} ${what}`);
  }

  readWriter(writer: string, directory: string): void {
    const names = readdirSync(directory)
      .filter((name) => segmentName.test(name))
      .sort((one, other) => numberOf(one) - numberOf(other));
    if (names.length === 0) return;
    this.#writers.push(writer);
    const segments = names.map((name) => this.#linesOf(join(directory, name)));
    let position = { seq: 0, head: '0'.repeat(64) };
    for (const [index, lines] of segments.entries()) {
      const where = `${writer}/${names[index]}`;
      const number = numberOf(names[index] as string);
      const voidAt = voidFrom(writer, number, segments[index + 1]);
      // Nothing in it counts: the next one goes on from where the chain was before.
      if (voidAt === 1) continue;
      const open = lines[0]?.record;
      if (open?.kind !== 'open' || open['segment'] !== number) {
        this.problem(where, 'does not begin with its open');
        return;
      }
      const previous = open['previous'] as { readonly segment: number; readonly head: string } | undefined;
      if (index === 0 && previous !== undefined) {
        this.#beginnings.push({ writer, segment: previous.segment, sealHash: previous.head });
        position = { seq: open.seq - 1, head: previous.head };
      } else if (previous?.head !== (position.seq === 0 ? undefined : position.head)) {
        this.problem(where, 'does not name the head of the segment before');
      }
      const damaged = open['damaged'] as { readonly writer: string } | undefined;
      if (damaged !== undefined) this.#damages.push(`${where}: ${JSON.stringify(damaged)}`);
      if (damaged !== undefined && damaged.writer !== writer) this.problem(where, 'names a chain that is damaged');
      const isLast = index === segments.length - 1;
      position = this.#follow(where, position, lines, voidAt, isLast);
    }
  }

  result(): Trail {
    for (const { writer, segment, sealHash } of this.#beginnings) {
      const isKnown = this.#dropped.some(
        (one) => one.writer === writer && one.segment === segment && one.sealHash === sealHash,
      );
      if (!isKnown)
        this.problem(writer, `lacks its segments up to ${segment}, and no record says that they were dropped`);
    }
    return {
      writers: this.#writers,
      events: this.#events,
      damages: this.#damages,
      gapCount: this.#gapCount,
      files: this.#files,
      bytes: this.#bytes,
      problems: this.#problems,
    };
  }

  #follow(
    where: string,
    from: { seq: number; head: string },
    lines: readonly Line[],
    voidAt: number | undefined,
    isLast: boolean,
  ): { seq: number; head: string } {
    let { seq, head } = from;
    const valid = lines.slice(0, voidAt === undefined ? undefined : voidAt - 1);
    for (const [index, line] of valid.entries()) {
      const follows =
        line.record.seq === seq + 1 && line.previous === head.slice(0, 16) && line.hash === hashOf(head, line.body);
      if (!follows) {
        this.problem(where, `line ${index + 1} does not follow the one before`);
        return { seq, head };
      }
      if (line.record.kind === 'seal' && (line.record['head'] !== head || line.record['count'] !== seq)) {
        this.problem(where, 'has a seal that is not of this chain');
      }
      this.#note(line.record, where);
      ({ seq } = line.record);
      head = line.hash;
    }
    const seal = valid.at(-1)?.record;
    const isSealed = seal?.kind === 'seal' && seal['closed'] === isLast;
    if (voidAt === undefined && !isSealed) this.problem(where, isLast ? 'does not end the chain' : 'is not sealed');
    return { seq, head };
  }

  #note(record: TrailRecord, where: string): void {
    if (record.kind === 'gap') this.#gapCount += record['count'] as number;
    else if (record.kind === 'retain') this.#dropped.push(...(record['dropped'] as Dropped[]));
    else if (eventKinds.includes(record.kind)) {
      const { event_id: id, status } = record['event'] as { readonly event_id: string; readonly status: string };
      this.#events.push({ id, status, kind: record.kind as TrailEvent['kind'], writer: where.slice(0, 18) });
    }
  }

  #linesOf(path: string): Line[] {
    const bytes = readFileSync(path);
    this.#files += 1;
    this.#bytes += statSync(path).size;
    const lines: Line[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = bytes.indexOf(0x0a, at);
      const line = end < 0 ? undefined : decode(bytes.subarray(at, end));
      if (line === undefined)
        this.problem(path, `line ${lines.length + 1} is ${end < 0 ? 'half a line' : 'no record'}`);
      if (line === undefined) break;
      lines.push(line);
      at = end + 1;
    }
    return lines;
  }
}

function decode(line: Buffer): Line | undefined {
  const previous = line.toString('latin1', previousAt, previousAt + 16);
  const hash = line.toString('latin1', hashAt, hashAt + 64);
  const frame = `{"p":"${previous}","h":"${hash}","b":`;
  if (frame.length !== bodyAt || line.toString('latin1', 0, bodyAt) !== frame || line.at(-1) !== 0x7d) return undefined;
  const body = line.subarray(bodyAt, -1);
  try {
    return { previous, hash, body, record: JSON.parse(body.toString()) as TrailRecord };
  } catch {
    return undefined;
  }
}

function hashOf(head: string, body: Buffer): string {
  return createHash('sha256').update('trefoil/1\0').update(Buffer.from(head, 'hex')).update(body).digest('hex');
}

/** From which line on a segment counts for nothing, because the next one says that it had to be given up. */
function voidFrom(writer: string, segment: number, next: readonly Line[] | undefined): number | undefined {
  const damaged = next?.[0]?.record['damaged'] as
    { readonly writer: string; readonly segment: number; readonly line: number } | undefined;
  return damaged?.writer === writer && damaged.segment === segment ? damaged.line : undefined;
}

function numberOf(name: string): number {
  return Number(segmentName.exec(name)?.[1]);
}
