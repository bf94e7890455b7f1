import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { AuditEvent, type AuditEventInit } from '../../../src/index';
import { chainStart, encodeRecord, signedText, type DroppedSegment } from '../../../src/audit/journal/journal-record';
import type { SigningKey } from '../../../src/audit/journal/signing-key';
import type { TrailAnchor } from '../../../src/audit/journal/read-anchors';

/** What of a key is needed; tests forge the rest. */
export type Signer = Pick<SigningKey, 'keyId' | 'publicKey' | 'sign'>;

/** What a record consists of beside its number and time. */
type Fields = Readonly<Record<string, unknown>> & { readonly kind: string };

const begin = Date.parse('2026-03-01T12:00:00.000Z');

/**
 * Writes the chain of one writer straight from the format, sharing nothing with the journal but the encoding of a line:
 * each record is made one second after the one before.
 */
export class WrittenTrail {
  readonly root: string;
  readonly writer: string;
  readonly anchors: TrailAnchor[] = [];
  /** What is left to tell of each sealed segment. */
  readonly sealed: DroppedSegment[] = [];
  time = begin;
  segment = 0;
  seq = 0;
  readonly #key: Signer | undefined;
  #hash = chainStart;
  #firstSeq = 1;
  #lines: Buffer[] = [];
  #previous: { segment: number; head: string } | undefined;

  constructor(root: string, key?: Signer, writer = `w-${randomBytes(8).toString('hex')}`) {
    this.root = root;
    this.writer = writer;
    this.#key = key;
    fs.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    this.#open();
  }

  get directory(): string {
    return join(this.root, `${this.writer}.live`);
  }

  get file(): string {
    return join(this.directory, `audit-${String(this.segment).padStart(8, '0')}.ndjson`);
  }

  events(count: number, init: Partial<AuditEventInit> = {}): this {
    for (let index = 0; index < count; index += 1) this.event({ itemId: `item-${this.seq}`, ...init });
    return this;
  }

  event(init: Partial<AuditEventInit> = {}, kind: 'event' | 'intent' | 'outcome' = 'event'): this {
    const timestamp = new Date(this.time);
    const eventId = `${this.writer}-${this.seq}`;
    const base = { eventId, eventType: 'update', status: 'success', storeType: 'test', timestamp } as const;
    return this.record({ kind, event: new AuditEvent({ ...base, ...init }).toJSON() });
  }

  checkpoint(): this {
    return this.#signed('checkpoint', {});
  }

  rotate(): this {
    this.#seal(false);
    this.#open();
    return this;
  }

  /** Writes events that cannot be confirmed, and writes them again to another segment, which says so. */
  giveUp(count: number): this {
    const { seq, segment, writer } = this;
    const hash = this.#hash;
    const line = seq - this.#firstSeq + 2;
    this.events(count).write();
    this.seq = seq;
    this.#hash = hash;
    this.#previous = { segment, head: hash.toString('hex') };
    this.#open({ damaged: { writer, segment, line, reason: 'EIO' } });
    return this;
  }

  /** Says that segments were dropped; whoever calls removes them. */
  retain(dropped: readonly DroppedSegment[]): this {
    const digest = createHash('sha256').update(JSON.stringify(dropped)).digest('hex');
    return this.record({ kind: 'retain', dropped, ...this.#signature('retain', digest) });
  }

  /** Puts what was recorded on disk, with half a line behind it if asked for. */
  write(rest = ''): this {
    fs.appendFileSync(this.file, Buffer.concat([...this.#lines, Buffer.from(rest)]), { mode: 0o600 });
    this.#lines = [];
    return this;
  }

  /** Ends the chain; returns the directory as it is called from now on. */
  close(): string {
    this.#seal(true);
    const closed = join(this.root, this.writer);
    fs.renameSync(this.directory, closed);
    return closed;
  }

  record(fields: Fields): this {
    this.seq += 1;
    this.time += 1000;
    const { kind, ...others } = fields;
    const body = JSON.stringify({ seq: this.seq, kind, at: new Date(this.time).toISOString(), ...others });
    const { line, hash } = encodeRecord(this.#hash, body);
    this.#lines.push(line);
    this.#hash = hash;
    return this;
  }

  #open(others: object = {}): void {
    this.segment += 1;
    this.#firstSeq = this.seq + 1;
    const { writer, segment } = this;
    const previous = this.#previous === undefined ? {} : { previous: this.#previous };
    const key = this.#key === undefined ? {} : { publicKey: this.#key.publicKey };
    this.record({ kind: 'open', format: 1, writer, segment, host: 'test', pid: 1, ...previous, ...key, ...others });
  }

  #seal(closed: boolean): void {
    const head = this.#hash.toString('hex');
    this.#signed('seal', { closed });
    this.write();
    const { writer, segment, seq } = this;
    const sealHash = this.#hash.toString('hex');
    this.sealed.push({ writer, segment, firstSeq: this.#firstSeq, lastSeq: seq, head, sealHash });
    this.#previous = { segment, head: sealHash };
  }

  #signed(kind: 'checkpoint' | 'seal', others: object): this {
    const head = this.#hash.toString('hex');
    const signature = this.#signature(kind, head);
    this.record({ kind, count: this.seq, head, ...signature, ...others });
    const { writer, seq } = this;
    this.anchors.push({ writer, seq, head, at: new Date(this.time).toISOString(), ...signature });
    return this;
  }

  #signature(kind: 'checkpoint' | 'seal' | 'retain', digest: string): { keyId?: string; signature?: string } {
    if (this.#key === undefined) return {};
    return this.#key.sign(signedText(kind, this.writer, this.seq + 1, digest));
  }
}
