import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { monotonicMs } from '../../call/clock';
import { ChunkPool } from './chunk-pool';
import { EventCount } from './event-count';
import { FileDamage } from './file-damage';
import { signedText, type ChainDamage, type OpenRecord, type SealRecord } from './journal-record';
import { KeptLines, textsOf } from './kept-lines';
import { emptyChain, LineEncoder, recordText, type ChainPosition } from './line-encoder';
import { makeDirectory } from './make-directory';
import { findDirectory, restoreFile, survivorsIn, type Survivor } from './salvage-segment';
import { Segment } from './segment';
import type { AuditCheckpoint } from './anchors';
import type { SigningKey } from './signing-key';
import type { VerifyingKey } from './verifying-key';
import { directoryNameOf, newWriterId, readSegments, segmentName, syncDirectory } from './writer-directory';
import { leaseFile, writeLease, type LeaseHolder } from './writer-lease';

/** What all writers of a journal have in common. */
export interface WriterSettings {
  readonly root: string;
  readonly filePrefix: string;
  /** Whether a segment holds one day only. */
  readonly rotateDaily: boolean;
  readonly maxSegmentBytes: number;
  readonly service: string | undefined;
  readonly environment: string | undefined;
  readonly key: SigningKey | undefined;
  /** Whose signatures are believed: its own key’s, and those of others that write or have written here. */
  readonly trusted: readonly VerifyingKey[];
  /** Whether the head of a chain is kept elsewhere as well. */
  readonly isAnchored: boolean;
}

/** A chain that goes on where another process has left it. */
export interface ChainEnd {
  readonly position: ChainPosition;
  /** The last file that holds records of the chain. */
  readonly segment: number;
  /** The one to be appended to, where it has not ended. */
  readonly open: Segment | undefined;
}

/** What could be saved of a segment whose file was damaged. */
export interface Salvage {
  /** To be written anew. */
  readonly texts: readonly string[];
  /** How many events were acknowledged and cannot be written anew. */
  readonly lost: number;
  readonly damage: ChainDamage;
  /** Whether the directory is not this writer's any more, so that another chain has to be begun. */
  readonly isHomeless: boolean;
}

/** How often the file is held against its path, in milliseconds, and after how many bytes at the latest. */
const checkIntervalMs = 1_000;
const checkBytes = 4_194_304;
/** So much at most is written anew of what had been in a directory that is gone, in UTF-16 units. */
const maxSalvaged = 33_554_432;

interface SyncMark extends ChainPosition {
  readonly size: number;
  readonly through: number;
}

/**
 * One writer's chain of segments: encodes records, writes them and syncs them. It keeps what is not on disk yet, so that
 * this can be written again to another file; when to do what is the journal's business.
 */
export class JournalWriter implements LeaseHolder {
  readonly id: string;
  readonly #settings: WriterSettings;
  readonly #encoder: LineEncoder;
  /** What is not on disk, or was written after the file was last looked at. */
  readonly #kept = new KeptLines((chunk) => this.#recycle(chunk));
  readonly #events = new EventCount();
  readonly #chunks = new ChunkPool();
  #directory: string;
  #segment: Segment | undefined;
  #lastNumber: number;
  #lastName = '';
  /** Where the chain stood before the current segment. */
  #begin: ChainPosition;
  /** The last record that the file was begun with. */
  #beginsWith = 0;
  #fault: ChainDamage | undefined;
  #chunk: Buffer = this.#chunks.take();
  /** Encoded and not written: from the one to the other. */
  #start = 0;
  #end = 0;
  #written: ChainPosition;
  #synced: SyncMark;
  /** What was on disk when the file was found to be in its place. */
  #checked: SyncMark;
  #checkedAt = monotonicMs();
  #writtenBytes = 0;

  private constructor(settings: WriterSettings, id: string, directory: string, end: ChainEnd) {
    this.#settings = settings;
    this.id = id;
    this.#directory = directory;
    this.#segment = end.open;
    this.#lastNumber = end.segment;
    this.#lastName = end.open?.name ?? '';
    this.#encoder = new LineEncoder(end.position);
    this.#written = end.position;
    this.#begin = end.position;
    this.#synced = { ...end.position, size: end.open?.size ?? 0, through: 0 };
    this.#checked = this.#synced;
  }

  /** A new writer with a directory and a lease, and no segment yet. */
  static create(settings: WriterSettings): JournalWriter {
    const { root } = settings;
    makeDirectory(root);
    const id = newWriterId();
    // A directory is called live when it has a lease, so that nobody takes it for one that was left behind.
    const made = join(root, directoryNameOf(id, 'new'));
    fs.mkdirSync(made, { mode: 0o700 });
    writeLease({ id, directory: made, synced: emptyChain, key: settings.key });
    const directory = join(root, directoryNameOf(id, 'live'));
    fs.renameSync(made, directory);
    syncDirectory(root);
    return new JournalWriter(settings, id, directory, { position: emptyChain, segment: 0, open: undefined });
  }

  /** Goes on with the chain of a writer that is gone, in a directory that this process has adopted. */
  static adopt(settings: WriterSettings, id: string, directory: string, end: ChainEnd): JournalWriter {
    return new JournalWriter(settings, id, directory, end);
  }

  get directory(): string {
    return this.#directory;
  }

  /** The file that is written now, or was last. */
  get file(): string {
    return join(this.#directory, this.#lastName);
  }

  get isOpen(): boolean {
    return this.#segment !== undefined;
  }

  /** Whether the directory is not there any more: somebody has taken this writer for dead. */
  get isLost(): boolean {
    return !fs.existsSync(this.#directory);
  }

  get isTorn(): boolean {
    return this.#segment?.isTorn === true;
  }

  /** The number of the segment that was opened last. */
  get lastSegment(): number {
    return this.#lastNumber;
  }

  /** The segment that was given up last, until the next one has named it. */
  get fault(): ChainDamage | undefined {
    return this.#fault;
  }

  get pendingBytes(): number {
    return this.#end - this.#start;
  }

  get unsyncedBytes(): number {
    return this.#writtenBytes - this.#synced.through;
  }

  /** Where the next record comes: `seq` is that of the one before. */
  get position(): ChainPosition {
    return this.#encoder;
  }

  /** The number of the last record that is known to be on disk. */
  get syncedSeq(): number {
    return this.#synced.seq;
  }

  /** The last record that is known to be on disk. */
  get synced(): ChainPosition {
    return this.#synced;
  }

  get key(): SigningKey | undefined {
    return this.#settings.key;
  }

  /** Whether the file holds more than what it begins with. */
  get holdsEvents(): boolean {
    return this.#segment !== undefined && this.#encoder.seq > this.#beginsWith;
  }

  isRotationDue(day: string): boolean {
    const segment = this.#segment;
    if (segment === undefined) return false;
    // A clock that was put back does not bring a day back that is over.
    if (this.#settings.rotateDaily && segment.day !== undefined && day > segment.day) return true;
    return segment.size + this.pendingBytes >= this.#settings.maxSegmentBytes;
  }

  add(text: string, isEvent = false): void {
    // Nothing would ever be written of it, and nobody be told.
    if (this.#segment === undefined) throw new Error('there is no segment for the record');
    const room = LineEncoder.roomFor(text);
    if (this.#end + room > this.#chunk.length) this.#takeChunk(room);
    this.#end = this.#encoder.encode(this.#chunk, this.#end, text);
    if (!isEvent) this.#events.addOther(this.#encoder.seq);
  }

  /** Writes what is pending; where that fails, it stays pending. */
  writeOut(): void {
    if (this.#end === this.#start || this.#segment === undefined) return;
    this.#segment.write(this.#chunk, this.#start, this.#end);
    this.#kept.add(this.#chunk, this.#start, this.#end);
    this.#writtenBytes += this.#end - this.#start;
    this.#start = this.#end;
    this.#written = { seq: this.#encoder.seq, head: this.#encoder.head };
  }

  /** Forgets what is pending, as if it had never been added. */
  dropPending(): void {
    this.#end = this.#start;
    this.#events.forget(this.#written.seq);
    this.#goTo(this.#written);
  }

  /**
   * Syncs what is written by now, and from time to time looks after the file; `done` is told nothing of a segment that is
   * not written any more by then.
   */
  sync(done: (error: Error | null) => void): void {
    const segment = this.#segment;
    if (segment === undefined) {
      done(null);
      return;
    }
    const mark = this.#mark(segment);
    segment.sync((error) => {
      if (segment !== this.#segment) done(null);
      else if (error !== null) done(error);
      else {
        this.#noteSynced(mark);
        if (this.#isCheckDue) this.check((damage) => done(damage ?? null));
        else done(null);
      }
    });
  }

  /** The same in the caller's turn. */
  syncNow(): void {
    const segment = this.#segment;
    if (segment === undefined) return;
    segment.syncNow(this.file);
    this.#noteSynced(this.#mark(segment));
    if (!this.#isCheckDue) return;
    const damage = this.damageNow();
    if (damage !== undefined) throw damage;
  }

  /** Looks whether the file is what this writer has left there, without waiting for the disk. */
  check(done: (damage: FileDamage | undefined) => void): void {
    const segment = this.#segment;
    if (segment === undefined) {
      done(undefined);
      return;
    }
    const mark = this.#synced;
    segment.check(this.file, (finding) => {
      if (segment !== this.#segment) done(undefined);
      else if (finding === undefined) {
        this.#noteChecked(mark);
        done(undefined);
      } else if (finding instanceof FileDamage) done(finding);
      else {
        // That it cannot be looked at proves nothing; but what is kept for that must not grow for ever.
        if (this.#kept.size > 8 * checkBytes) this.#noteChecked(mark);
        done(undefined);
      }
    });
  }

  /** The same in the caller's turn. */
  damageNow(): FileDamage | undefined {
    if (this.#segment === undefined) return undefined;
    try {
      const damage = this.#segment.damageNow(this.file);
      if (damage === undefined) this.#noteChecked(this.#synced);
      return damage;
    } catch {
      return undefined;
    }
  }

  /** Adds a record of where the chain stands, signed where there is a key. */
  addCheckpoint(at: string): AuditCheckpoint {
    const { seq: count, head } = this.position;
    const seq = count + 1;
    const signature = this.key?.sign(signedText('checkpoint', this.id, seq, head));
    this.add(recordText('checkpoint', at, { count, head, ...signature }));
    return { writer: this.id, seq, head, at, ...signature };
  }

  /**
   * Opens the next segment. `damages` name chains that this one begins in the place of; a segment that had to be given
   * up is named by itself. Where there is a key or an anchor, a checkpoint follows at once, so that nobody else can
   * have begun it: what it says is given back.
   */
  openSegment(at: string, damages: readonly ChainDamage[] = []): AuditCheckpoint | undefined {
    const { filePrefix, rotateDaily, service, environment, key, isAnchored } = this.#settings;
    const damaged = this.#fault ?? damages[0];
    const number = this.#lastNumber + 1;
    const day = rotateDaily ? at.slice(0, 10) : undefined;
    const before = this.#synced;
    const name = segmentName(filePrefix, number, day);
    this.#segment = Segment.create(this.#directory, number, name, day);
    this.#lastName = name;
    const open: Omit<OpenRecord, 'seq' | 'kind' | 'at'> = {
      format: 1,
      writer: this.id,
      segment: number,
      ...(service === undefined ? {} : { service }),
      ...(environment === undefined ? {} : { environment }),
      host: hostname(),
      pid: process.pid,
      ...(before.seq === 0 ? {} : { previous: { segment: this.#lastNumber, head: before.head } }),
      ...(damaged === undefined ? {} : { damaged }),
      ...(damages.length > 1 ? { damages } : {}),
      ...(key === undefined ? {} : { publicKey: key.publicKey }),
    };
    let checkpoint: AuditCheckpoint | undefined;
    try {
      this.add(recordText('open', at, open));
      if (key !== undefined || isAnchored) checkpoint = this.addCheckpoint(at);
      this.writeOut();
      this.syncNow();
    } catch (error) {
      this.#synced = before;
      this.#discardSegment();
      throw error;
    }
    this.#begin = before;
    this.#checked = this.#synced;
    this.#kept.release(this.#kept.size);
    this.#beginsWith = this.#encoder.seq;
    this.#lastNumber = number;
    this.#fault = undefined;
    return checkpoint;
  }

  /** Removes a segment that could not be begun, and nothing was promised of. */
  #discardSegment(): void {
    const file = this.file;
    this.#segment?.close();
    this.#segment = undefined;
    this.#forgetLines();
    fs.rmSync(file, { force: true });
  }

  /**
   * Gives up a segment that cannot be trusted, back to what is known to be on disk. What is not is given back, to be
   * written again: events and gaps. Anything else names places in the chain that it will not have there. A file that
   * another process has adopted is that one's to end.
   */
  abandonSegment(reason: string): string[] {
    const texts = this.#textsAfter(this.#synced.seq);
    if (!this.isLost) this.#segment?.truncate(this.#synced.size);
    this.#giveUp(reason, this.#synced, this.#synced.seq - this.#begin.seq);
    return texts;
  }

  /**
   * Gives up a segment whose file is not what was written. What still follows each other in it stays, where need be in a
   * new file under its name; what came after that and is remembered is given back, and the rest is counted. Undefined, and
   * nothing is given up, where the file cannot be read.
   */
  salvageSegment({ code }: FileDamage): Salvage | undefined {
    const segment = this.#segment;
    if (segment === undefined) throw new Error('there is no segment to be salvaged');
    const isInPlace = code === 'file_cut' || code === 'file_grown';
    const isHomeless = !isInPlace && !fs.existsSync(this.#directory);
    const survivors = this.#survivorsIn(segment, isInPlace);
    if (survivors === undefined) return undefined;
    const end = survivors.at(-1) ?? { ...this.#begin, end: 0 };
    const isRestored =
      !isInPlace && !isHomeless && restoreFile(segment.descriptor, end.end, this.#directory, this.#lastName);
    let texts = this.#textsAfter(end.seq);
    let lost = this.#events.between(end.seq, this.#checked.seq);
    let { length: lines } = survivors;
    // One that an adopter has ended is where it was, and what is in it stays there.
    const isAdopted = isHomeless && findDirectory(this.#settings.root, this.id) !== undefined;
    if (!isInPlace && !isRestored && !isAdopted) {
      const rescued = rescue(survivors);
      texts = [...rescued.texts, ...texts];
      lost += rescued.lost + (isHomeless ? this.#events.sealed : 0);
      lines = 0;
    }
    this.#giveUp(code, end, lines);
    return { texts, lost, damage: this.#fault as ChainDamage, isHomeless };
  }

  #survivorsIn({ descriptor }: Segment, isInPlace: boolean): Survivor[] | undefined {
    const survivors: Survivor[] = [];
    try {
      for (const survivor of survivorsIn(descriptor, this.#begin)) {
        // Of what is in its place, only what is known to be on disk stays.
        if (isInPlace && survivor.seq > this.#synced.seq) break;
        survivors.push(survivor);
      }
    } catch {
      return undefined;
    }
    return survivors;
  }

  /** How many events are gone with the directory, when there is no segment left to be salvaged; none where it was adopted. */
  lostWithDirectory(): number {
    return findDirectory(this.#settings.root, this.id) === undefined ? this.#events.sealed : 0;
  }

  /** Retention has removed segments. */
  countSegments(): void {
    this.#events.keepOnly(new Set(readSegments(this.#directory).map(({ number }) => number)));
  }

  /** Writes records and syncs them, all or nothing. */
  restore(texts: readonly string[]): void {
    for (const text of texts) this.add(text, isEventText(text));
    this.writeOut();
    this.syncNow();
  }

  /** Ends a segment: its last record says how long the chain is, and that it has ended with it. */
  seal(at: string, closed: boolean): SealRecord {
    const { seq: count, head } = this.position;
    const seq = count + 1;
    const signature = this.#settings.key?.sign(signedText('seal', this.id, seq, head));
    const fields = { count, head, closed, ...signature };
    this.add(recordText('seal', at, fields));
    this.writeOut();
    this.syncNow();
    if (this.#segment !== undefined) this.#events.seal(this.#segment.number, this.#begin.seq, seq);
    this.#segment?.close();
    this.#segment = undefined;
    return { seq, kind: 'seal', at, ...fields };
  }

  /** After the last seal: others may see that the writer is done. */
  leave(): void {
    const { root } = this.#settings;
    const sealed = join(root, directoryNameOf(this.id, 'sealed'));
    fs.renameSync(this.#directory, sealed);
    this.#directory = sealed;
    fs.rmSync(join(sealed, leaseFile), { force: true });
    syncDirectory(root);
  }

  /** Of a chain that could not be ended: others may do so. */
  giveBack(): void {
    try {
      fs.rmSync(join(this.#directory, leaseFile), { force: true });
    } catch {
      // Where it cannot be removed, the end of the process shows that nobody goes on here.
    }
  }

  /** Lets go of memory that only a burst has needed. */
  trim(): void {
    this.#chunks.trim();
  }

  /** Where the files cannot be ended in order. */
  release(): void {
    this.#segment?.close();
    this.#segment = undefined;
  }

  #mark(segment: Segment): SyncMark {
    return { ...this.#written, size: segment.size, through: this.#writtenBytes };
  }

  get #isCheckDue(): boolean {
    return monotonicMs() - this.#checkedAt >= checkIntervalMs || this.#kept.size - this.unsyncedBytes >= checkBytes;
  }

  #noteSynced(mark: SyncMark): void {
    if (mark.through >= this.#synced.through) this.#synced = mark;
  }

  #noteChecked(mark: SyncMark): void {
    if (mark.through < this.#checked.through) return;
    this.#kept.release(mark.through - this.#checked.through);
    this.#checked = mark;
    this.#checkedAt = monotonicMs();
  }

  /** Of what is remembered, the events and gaps behind a record: anything else names places in the chain. */
  #textsAfter(seq: number): string[] {
    const texts = [...this.#kept.texts(), ...textsOf(this.#chunk.subarray(this.#start, this.#end))];
    return texts.slice(Math.max(0, seq - this.#checked.seq)).filter(isWrittenAnew);
  }

  /** The chain goes on from `end`, and the next segment says from which line on this one is void. */
  #giveUp(reason: string, end: ChainPosition, lines: number): void {
    const segment = this.#segment;
    if (segment === undefined) return;
    segment.close();
    this.#events.seal(segment.number, this.#begin.seq, end.seq);
    this.#fault = { writer: this.id, segment: segment.number, line: lines + 1, reason };
    this.#segment = undefined;
    this.#synced = { ...this.#synced, seq: end.seq, head: end.head };
    this.#forgetLines();
  }

  #forgetLines(): void {
    this.#kept.release(this.#kept.size);
    this.#start = this.#end = 0;
    this.#written = this.#synced;
    this.#synced = { ...this.#synced, through: this.#writtenBytes };
    this.#checked = this.#synced;
    this.#events.forget(this.#synced.seq);
    this.#goTo(this.#synced);
  }

  #goTo({ seq, head }: ChainPosition): void {
    this.#encoder.seq = seq;
    this.#encoder.head = head;
  }

  /** What was written stays in the old one until it is synced; what is pending moves to the new one. */
  #takeChunk(room: number): void {
    const old = this.#chunk;
    const pending = this.pendingBytes;
    this.#chunk = this.#chunks.take(2 * pending + room);
    old.copy(this.#chunk, 0, this.#start, this.#end);
    this.#start = 0;
    this.#end = pending;
    if (!this.#kept.holds(old)) this.#recycle(old);
  }

  #recycle(chunk: Buffer): void {
    if (chunk !== this.#chunk) this.#chunks.give(chunk);
  }
}

function isEventText(text: string): boolean {
  return /^"kind":"(event|intent|outcome)"/.test(text);
}

function isWrittenAnew(text: string): boolean {
  return isEventText(text) || text.startsWith('"kind":"gap"');
}

/** The newest of them that are written anew, and how many events are beyond the limit. */
function rescue(survivors: readonly Survivor[]): { readonly texts: string[]; readonly lost: number } {
  const texts: string[] = [];
  let room = maxSalvaged;
  let lost = 0;
  for (const { text } of [...survivors].reverse()) {
    if (!isWrittenAnew(text)) continue;
    room -= text.length;
    if (room >= 0) texts.push(text);
    else if (isEventText(text)) lost += 1;
  }
  return { texts: texts.reverse(), lost };
}
