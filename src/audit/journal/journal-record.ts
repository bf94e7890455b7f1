import { createHash } from 'node:crypto';
import type { AuditEventType } from '../../call/event-type';

/** What every record has beside what its kind adds. */
interface RecordBase {
  /** Counts from 1 over all segments of a writer. */
  readonly seq: number;
  /** When the record was made, in ISO 8601; hashed as the very text that is stored. */
  readonly at: string;
}

/** The tail of a chain, as signed checkpoints and seals name it. */
interface ChainHead {
  /** How many records of the chain come before this one: `seq - 1`. */
  readonly count: number;
  /** The hash of the record before this one, 64 hex digits. */
  readonly head: string;
  /** Which key has signed: the first 16 hex digits of SHA-256 over its SPKI DER. */
  readonly keyId?: string;
  /** Base64 of Ed25519 over {@link signedText}; absent without a key. */
  readonly signature?: string;
}

/** Where a chain is damaged. */
export interface ChainDamage {
  readonly writer: string;
  readonly segment: number;
  /** Counted from 1. */
  readonly line: number;
  readonly reason: string;
}

/** The first record of a segment. */
export interface OpenRecord extends RecordBase {
  readonly kind: 'open';
  readonly format: 1;
  readonly writer: string;
  readonly segment: number;
  readonly service?: string;
  readonly environment?: string;
  readonly host: string;
  readonly pid: number;
  /** The segment before; absent in the first. */
  readonly previous?: { readonly segment: number; readonly head: string };
  /** The damage that made this chain begin in the place of another; the first, where several are damaged. */
  readonly damaged?: ChainDamage;
  /** All chains of others that were found damaged, where there are several. */
  readonly damages?: readonly ChainDamage[];
  readonly publicKey?: string;
}

/** An audit event in its wire form; an intent has the status `unknown`, and shares its `event_id` with its outcome. */
export interface EventRecord extends RecordBase {
  readonly kind: 'event' | 'intent' | 'outcome';
  readonly event: Readonly<Record<string, unknown>>;
}

/** What had to be done before a chain could go on after a crash; an `outcome` follows for each intent without one. */
export interface RecoveryRecord extends RecordBase {
  readonly kind: 'recovery';
  readonly truncatedBytes: number;
  /** The file that the torn tail was copied to. */
  readonly aside?: string;
  /** How many intents had no outcome. */
  readonly unknown: number;
  /**
   * The last record that a signature of the original writer vouches for, as far as the adopter trusts it: whoever could
   * write to the directory may have put those behind it. Absent without a key.
   */
  readonly witnessedThrough?: number;
}

/** Events that could not be written. */
export interface GapRecord extends RecordBase {
  readonly kind: 'gap';
  readonly count: number;
  /** A code of the operating system, or `queue_full`, `closed` and the like. */
  readonly reason: string;
  readonly byType: Readonly<Partial<Record<AuditEventType, number>>>;
  readonly from: string;
  readonly to: string;
}

export interface CheckpointRecord extends RecordBase, ChainHead {
  readonly kind: 'checkpoint';
}

/** The last record of a finished segment. */
export interface SealRecord extends RecordBase, ChainHead {
  readonly kind: 'seal';
  /** Whether the chain ends here: no segment follows. */
  readonly closed: boolean;
  /**
   * The first segment that has to be read to know which intents have no outcome: that of the oldest one, or the next
   * segment where all have theirs.
   */
  readonly intentsFrom: number;
}

/** What is left of a segment that retention has removed. */
export interface DroppedSegment {
  readonly writer: string;
  readonly segment: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** The head that its seal names. */
  readonly head: string;
  /** The hash of its seal, which the next segment follows. */
  readonly sealHash: string;
}

export interface RetainRecord extends RecordBase {
  readonly kind: 'retain';
  readonly dropped: readonly DroppedSegment[];
  readonly keyId?: string;
  /** As in a seal, but over the SHA-256 of the JSON text of `dropped` as stored, in hex, in the place of the head. */
  readonly signature?: string;
}

/** Reserved: the data of one subject was made unreadable. */
interface EraseRecord extends RecordBase {
  readonly kind: 'erase';
}

/** One line of a journal. */
export type JournalRecord =
  OpenRecord | EventRecord | RecoveryRecord | GapRecord | CheckpointRecord | SealRecord | RetainRecord | EraseRecord;

/** What is hashed in front of every record; names the format. */
const hashPrefix = Buffer.from('trefoil/1\0');

/** The line around the two hashes and the body; with their fixed lengths, everything before the end has a fixed place. */
const beforePrevious = '{"p":"';
const beforeHash = '","h":"';
const beforeBody = '","b":';
const afterBody = '}\n';
const previousLength = 16;
const hashLength = 64;
const hashAt = beforePrevious.length + previousLength + beforeHash.length;

/** Where the body of a record begins in its line. */
export const bodyAt = hashAt + hashLength + beforeBody.length;

/** What a line is longer than its body. */
export const lineOverhead = bodyAt + afterBody.length;

/** What the first record of a chain follows. */
export const chainStart: Buffer = Buffer.alloc(hashLength / 2);

/** The hash of a record: of the one before it, and of the bytes of its body as they are stored. */
export function hashRecord(previousHash: Buffer, body: Buffer): Buffer {
  return createHash('sha256').update(hashPrefix).update(previousHash).update(body).digest();
}

/** The line of a record, with its line feed, and the hash that the next one follows. `body` is JSON on one line. */
export function encodeRecord(previousHash: Buffer, body: string): { readonly line: Buffer; readonly hash: Buffer } {
  const hash = hashRecord(previousHash, Buffer.from(body));
  return { line: Buffer.from(frameStart(previousHash, hash.toString('hex')) + body + afterBody), hash };
}

function frameStart(previousHash: Buffer, hash: string): string {
  return beforePrevious + previousHash.toString('hex', 0, previousLength / 2) + beforeHash + hash + beforeBody;
}

/**
 * Puts what is hashed in front of a body that stands in its place in the line at `at`, and says where it begins. The
 * frame takes that place once the hash is known.
 */
export function hashInputStart(buffer: Buffer, at: number, previous: string): number {
  const from = at + bodyAt - hashPrefix.length - hashLength / 2;
  buffer.set(hashPrefix, from);
  buffer.write(previous, from + hashPrefix.length, 'hex');
  return from;
}

/** Completes the line around a body that stands in its place; gives where the line ends. */
export function frameRecord(
  buffer: Buffer,
  at: number,
  { previous, head, bodyLength }: { readonly previous: string; readonly head: string; readonly bodyLength: number },
): number {
  const frame = beforePrevious + previous.slice(0, previousLength) + beforeHash + head + beforeBody;
  buffer.write(frame, at, 'latin1');
  const end = at + bodyAt + bodyLength;
  // `afterBody`, for less than a call that writes it.
  buffer[end] = 0x7d;
  buffer[end + 1] = 0x0a;
  return end + afterBody.length;
}

/** A line taken apart; whether its hash is right is not known yet. */
export interface DecodedLine {
  /** The first 16 hex digits of the hash of the record before. */
  readonly previous: string;
  /** 64 hex digits. */
  readonly hash: string;
  /** From its `{` to its `}`; shares memory with the line. */
  readonly body: Buffer;
}

const hexDigits = /^[0-9a-f]+$/;

/** Takes a line apart, with or without its line feed; undefined where it does not have the form of one. */
export function decodeLine(line: Buffer): DecodedLine | undefined {
  const end = line.at(-1) === 0x0a ? line.length - 1 : line.length;
  if (end < bodyAt + '{}'.length + 1 || line[end - 1] !== 0x7d || line[bodyAt] !== 0x7b || line[end - 2] !== 0x7d) {
    return undefined;
  }
  const start = line.toString('latin1', 0, bodyAt);
  const previous = start.slice(beforePrevious.length, beforePrevious.length + previousLength);
  const hash = start.slice(hashAt, hashAt + hashLength);
  if (start !== beforePrevious + previous + beforeHash + hash + beforeBody) return undefined;
  if (!hexDigits.test(previous) || !hexDigits.test(hash)) return undefined;
  return { previous, hash, body: line.subarray(bodyAt, end - 1) };
}

/** What is signed; a lease is no record, but names one. */
type SignedKind = 'checkpoint' | 'seal' | 'retain' | 'lease';

/**
 * The text that a signature stands for. `head` is the one that the record names; for `retain`, the SHA-256 of the JSON
 * text of `dropped`, in hex; for a lease, that of its other fields.
 */
export function signedText(kind: SignedKind, writer: string, seq: number, head: string): string {
  return `trefoil/1 ${kind}\0${writer}\0${seq}\0${head}`;
}
