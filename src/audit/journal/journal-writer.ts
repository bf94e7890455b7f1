import * as fs from 'node:fs';
import { basename, join } from 'node:path';
import type { AuditCheckpoint } from './anchors';
import { EventCount } from './event-count';
import type { FileDamage } from './file-damage';
import { signedText, type ChainDamage, type SealRecord } from './journal-record';
import { isEventText } from './kept-lines';
import { emptyChain, recordText, type ChainPosition } from './line-encoder';
import { LineWriter } from './line-writer';
import { openText } from './open-text';
import { findDirectory, saveFile, type Salvage } from './salvage-segment';
import { Segment } from './segment';
import type { SigningKey } from './signing-key';
import { newWriterId, readSegments, segmentName } from './writer-directory';
import { giveHomeBack, makeHome, sealHome } from './writer-home';
import type { LeaseHolder } from './writer-lease';
import type { WriterSettings } from './writer-settings';

/** A chain that goes on where another process has left it. */
export interface ChainEnd {
  readonly position: ChainPosition;
  /** The last file that holds records of the chain. */
  readonly segment: number;
  /** The one to be appended to, where it has not ended. */
  readonly open: Segment | undefined;
}

/**
 * One writer's chain of segments: encodes records, writes them and syncs them. It keeps what is not on disk yet, so that
 * this can be written again to another file; when to do what is the journal's business.
 */
export class JournalWriter implements LeaseHolder {
  readonly id: string;
  readonly #settings: WriterSettings;
  /** What it writes, and how far it has come. */
  readonly lines: LineWriter;
  readonly #events = new EventCount();
  #directory: string;
  #lastNumber: number;
  #lastName = '';
  /** Where the chain stood before the current segment. */
  #begin: ChainPosition;
  /** The last record that the file was begun with. */
  #beginsWith = 0;
  #fault: ChainDamage | undefined;

  private constructor(settings: WriterSettings, id: string, directory: string, end: ChainEnd) {
    this.#settings = settings;
    this.id = id;
    this.#directory = directory;
    this.#lastNumber = end.segment;
    this.#lastName = end.open === undefined ? '' : basename(end.open.path);
    this.lines = new LineWriter(end.position, end.open);
    this.#begin = end.position;
  }

  /** A new writer with a directory and a lease, and no segment yet. */
  static create(settings: WriterSettings): JournalWriter {
    const id = newWriterId();
    const end = { position: emptyChain, segment: 0, open: undefined };
    return new JournalWriter(settings, id, makeHome(settings, id), end);
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
    return this.lines.segment !== undefined;
  }

  /** Whether the directory is not there any more: somebody has taken this writer for dead. */
  get isLost(): boolean {
    return !fs.existsSync(this.#directory);
  }

  /** The number of the segment that was opened last. */
  get lastSegment(): number {
    return this.#lastNumber;
  }

  /** The segment that was given up last, until the next one has named it. */
  get fault(): ChainDamage | undefined {
    return this.#fault;
  }

  /** Where the next record comes: `seq` is that of the one before. */
  get position(): ChainPosition {
    return this.lines.position;
  }

  /** The last record that is known to be on disk. */
  get synced(): ChainPosition {
    return this.lines.synced;
  }

  get key(): SigningKey | undefined {
    return this.#settings.key;
  }

  /** Whether the file holds more than what it begins with. */
  get holdsEvents(): boolean {
    return this.lines.segment !== undefined && this.position.seq > this.#beginsWith;
  }

  isRotationDue(day: string): boolean {
    const segment = this.lines.segment;
    if (segment === undefined) return false;
    // A clock that was put back does not bring a day back that is over.
    if (this.#settings.rotateDaily && segment.day !== undefined && day > segment.day) return true;
    return segment.size + this.lines.pendingBytes >= this.#settings.maxSegmentBytes;
  }

  add(text: string, isEvent = false): void {
    // Nothing would ever be written of it, and nobody be told.
    if (!this.isOpen) throw new Error('there is no segment for the record');
    this.lines.add(text);
    if (!isEvent) this.#events.addOther(this.position.seq);
  }

  /** Forgets what is pending, as if it had never been added. */
  dropPending(): void {
    this.#events.forget(this.lines.written.seq);
    this.lines.dropPending();
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
    const { filePrefix, rotateDaily, key, isAnchored } = this.#settings;
    const number = this.#lastNumber + 1;
    const day = rotateDaily ? at.slice(0, 10) : undefined;
    const before = this.synced;
    const opening = { writer: this.id, number, before, lastNumber: this.#lastNumber, fault: this.#fault, damages };
    const name = segmentName(filePrefix, number, day);
    const segment = Segment.create(this.#directory, number, name, day);
    this.#lastName = name;
    let checkpoint: AuditCheckpoint | undefined;
    try {
      this.lines.beginSegment(segment, () => {
        this.add(openText(this.#settings, at, opening));
        if (key !== undefined || isAnchored) checkpoint = this.addCheckpoint(at);
      });
    } catch (error) {
      this.#discardSegment();
      throw error;
    }
    this.#begin = before;
    this.#beginsWith = this.position.seq;
    this.#lastNumber = number;
    this.#fault = undefined;
    return checkpoint;
  }

  /** Removes a segment that could not be begun, and nothing was promised of. */
  #discardSegment(): void {
    const file = this.file;
    this.#goBack(this.synced);
    fs.rmSync(file, { force: true });
  }

  /**
   * Gives up a segment that cannot be trusted, back to what is known to be on disk. What is not is given back, to be
   * written again: events and gaps. Anything else names places in the chain that it will not have there. A file that
   * another process has adopted is that one's to end.
   */
  abandonSegment(reason: string): string[] {
    const { synced } = this.lines;
    const texts = this.lines.textsAfter(synced.seq);
    if (!this.isLost) this.lines.segment?.truncate(synced.size);
    this.#giveUp(reason, synced, synced.seq - this.#begin.seq);
    return texts;
  }

  /**
   * Gives up a segment whose file is not what was written. What still follows each other in it stays, where need be in a
   * new file under its name; what came after that and is remembered is given back, and the rest is counted. Undefined, and
   * nothing is given up, where the file cannot be read.
   */
  salvageSegment({ code }: FileDamage): Salvage | undefined {
    const segment = this.lines.segment;
    if (segment === undefined) throw new Error('there is no segment to be salvaged');
    const begin = this.#begin;
    const place = { root: this.#settings.root, writer: this.id, directory: this.#directory, name: this.#lastName };
    const saved = saveFile(segment.descriptor, place, { code, begin, synced: this.synced.seq });
    if (saved === undefined) return undefined;
    const { end, lines, isHomeless, rescued } = saved;
    const texts = [...rescued.texts, ...this.lines.textsAfter(end.seq)];
    const elsewhere = rescued.isAll && isHomeless ? this.#events.sealed : 0;
    const lost = this.#events.between(end.seq, this.lines.checked.seq) + rescued.lost + elsewhere;
    this.#giveUp(code, end, lines);
    return { texts, lost, damage: this.#fault as ChainDamage, isHomeless };
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
    this.lines.writeOut();
    this.lines.syncNow();
  }

  /**
   * Ends a segment: its last record says how long the chain is, whether it has ended with it, and which segment holds the
   * oldest intent without an outcome.
   */
  seal(at: string, closed: boolean, oldestIntent = Number.POSITIVE_INFINITY): SealRecord {
    const { seq: count, head } = this.position;
    const seq = count + 1;
    const signature = this.#settings.key?.sign(signedText('seal', this.id, seq, head));
    const intentsFrom = Math.min(oldestIntent, this.#lastNumber + 1);
    const fields = { count, head, closed, intentsFrom, ...signature };
    this.add(recordText('seal', at, fields));
    this.lines.writeOut();
    this.lines.syncNow();
    const { segment } = this.lines;
    if (segment !== undefined) this.#events.seal(segment.number, this.#begin.seq, seq);
    this.lines.close();
    return { seq, kind: 'seal', at, ...fields };
  }

  /** After the last seal: others may see that the writer is done. */
  leave(): void {
    this.#directory = sealHome(this.#settings.root, this.id, this.#directory);
  }

  /** Of a chain that could not be ended: others may do so. */
  giveBack(): void {
    giveHomeBack(this.#directory);
  }

  /** Where the files cannot be ended in order. */
  release(): void {
    this.lines.close();
  }

  /** The chain goes on from `end`, and the next segment says from which line on this one is void. */
  #giveUp(reason: string, end: ChainPosition, lines: number): void {
    const segment = this.lines.segment;
    if (segment === undefined) return;
    this.#events.seal(segment.number, this.#begin.seq, end.seq);
    this.#fault = { writer: this.id, segment: segment.number, line: lines + 1, reason };
    this.#goBack(end);
  }

  #goBack(to: ChainPosition): void {
    this.#events.forget(to.seq);
    this.lines.goBack(to);
  }
}
