import { decodeLine, hashRecord, type ChainDamage, type EventRecord, type JournalRecord } from './journal-record';
import { emptyChain, type ChainPosition } from './line-encoder';
import { scanLines } from './scan-lines';
import type { VerifyingKey } from './verifying-key';
import { isWitness } from './witness';
import { readSegments, type SegmentFile } from './writer-directory';

/** How a chain ends that nobody writes any more. */
export interface ChainScan {
  readonly position: ChainPosition;
  /** Intents that have no outcome, in their order. */
  readonly intents: readonly EventRecord[];
  /** The seal, where nothing comes after it. */
  readonly seal: { readonly closed: boolean } | undefined;
  /** Where in the last segment half a line begins; its size where there is none. */
  readonly tornAt: number;
  /** Whether the last segment has no whole record. */
  readonly isLastEmpty: boolean;
  /** The last record that a trusted signature vouches for; 0 without any. */
  readonly witnessedThrough: number;
  /** What keeps anybody from going on with it. */
  readonly damage: Omit<ChainDamage, 'writer'> | undefined;
}

/** So much is read and hashed between two steps, in bytes: a few milliseconds. */
const stepBytes = 262_144;

/**
 * Follows a chain through its segments, hash by hash, to where it ends: in steps, each of which gives how many bytes it
 * has read. `isWitness` tells whether a record vouches for those before it; `from` is where the chain stood in front of
 * these segments, if it is known.
 */
export function* scanChain(
  segments: readonly SegmentFile[],
  isWitness: (record: JournalRecord) => boolean,
  from?: ChainPosition,
): Generator<number, ChainScan> {
  const scan = new Scan(isWitness, from);
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    yield* scan.read(segment, next === undefined, next === undefined ? undefined : givenUpFrom(segment, next));
    if (scan.damage !== undefined) break;
  }
  return scan.result();
}

/** Whether a trusted key has signed the first record of a chain: a checkpoint stands right behind it. */
export function isOpeningWitnessed(directory: string, writer: string, trusted: readonly VerifyingKey[]): boolean {
  const [first] = readSegments(directory);
  let head: string | undefined;
  for (const { bytes } of first === undefined ? [] : scanLines(first.path)) {
    const decoded = decodeLine(bytes);
    const record = decoded && parse(decoded.body);
    if (decoded === undefined || record === undefined) return false;
    if (head !== undefined) {
      return record.kind === 'checkpoint' && record.head === head && isWitness(record, writer, trusted);
    }
    head = decoded.hash;
  }
  return false;
}

/** From which line on a segment is void, because the one after it says that it had to be given up. */
function givenUpFrom({ number }: SegmentFile, next: SegmentFile): number | undefined {
  for (const { bytes } of scanLines(next.path)) {
    const decoded = decodeLine(bytes);
    const open = decoded && parse(decoded.body);
    return open?.kind === 'open' && open.damaged?.segment === number && open.damaged.writer === open.writer
      ? open.damaged.line
      : undefined;
  }
  return undefined;
}

class Scan {
  damage: Omit<ChainDamage, 'writer'> | undefined;
  readonly #isWitness: (record: JournalRecord) => boolean;
  #witnessedThrough = 0;
  #position: ChainPosition;
  #isStarted: boolean;
  #intents = new Map<unknown, EventRecord>();
  #seal: { readonly closed: boolean } | undefined;
  #tornAt = 0;
  #linesOfLast = 0;

  constructor(isWitness: (record: JournalRecord) => boolean, from: ChainPosition | undefined) {
    this.#isWitness = isWitness;
    this.#position = from ?? emptyChain;
    this.#isStarted = from !== undefined;
  }

  *read({ path, number }: SegmentFile, isLast: boolean, voidFrom: number | undefined): Generator<number, void> {
    let line = 0;
    let stepAt = 0;
    let badLine: number | undefined;
    this.#tornAt = 0;
    this.#linesOfLast = 0;
    for (const { bytes, offset } of scanLines(path)) {
      line += 1;
      if (offset - stepAt >= stepBytes) {
        yield offset - stepAt;
        stepAt = offset;
      }
      if (line === voidFrom) return;
      if (badLine === undefined && this.#take(bytes)) {
        this.#tornAt = offset + bytes.length;
        this.#linesOfLast = line;
        continue;
      }
      badLine ??= line;
      // A crash leaves half a line at the end of the last file: a line with an end was damaged otherwise.
      if (isLast && bytes.at(-1) !== 0x0a) continue;
      this.damage = { segment: number, line: badLine, reason: 'the record does not follow the one before' };
      return;
    }
  }

  result(): ChainScan {
    return {
      position: this.#position,
      intents: [...this.#intents.values()],
      seal: this.#seal,
      tornAt: this.#tornAt,
      isLastEmpty: this.#linesOfLast === 0,
      witnessedThrough: this.#witnessedThrough,
      damage: this.damage,
    };
  }

  #take(bytes: Buffer): boolean {
    const decoded = bytes.at(-1) === 0x0a ? decodeLine(bytes) : undefined;
    if (decoded === undefined) return false;
    const record = parse(decoded.body);
    if (record === undefined) return false;
    if (!this.#isStarted) this.#start(record);
    const { seq, head } = this.#position;
    if (record.seq !== seq + 1 || decoded.previous !== head.slice(0, 16)) return false;
    if (hashRecord(Buffer.from(head, 'hex'), decoded.body).toString('hex') !== decoded.hash) return false;
    if (this.#isHeadedBy(record, head) && this.#isWitness(record)) this.#witnessedThrough = record.seq;
    this.#position = { seq: record.seq, head: decoded.hash };
    this.#note(record);
    return true;
  }

  /** Where retention has removed the first segments, the chain goes on from the head that the next one names. */
  #start(record: JournalRecord): void {
    this.#isStarted = true;
    if (record.kind !== 'open' || record.previous === undefined) return;
    this.#position = { seq: record.seq - 1, head: record.previous.head };
  }

  #isHeadedBy(record: JournalRecord, head: string): boolean {
    return (record.kind === 'checkpoint' || record.kind === 'seal') && record.head === head;
  }

  #note(record: JournalRecord): void {
    this.#seal = record.kind === 'seal' ? record : undefined;
    if (record.kind === 'intent') this.#intents.set(record.event['event_id'], record);
    else if (record.kind === 'outcome' || record.kind === 'event') this.#intents.delete(record.event['event_id']);
  }
}

function parse(body: Buffer): JournalRecord | undefined {
  try {
    const record = JSON.parse(body.toString()) as JournalRecord;
    return Number.isInteger(record.seq) && typeof record.kind === 'string' ? record : undefined;
  } catch {
    return undefined;
  }
}
