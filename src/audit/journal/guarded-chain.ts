import * as fs from 'node:fs';
import { TrefoilError } from '../../errors';
import { WriterAdoption, type OnJournalReport } from './adopt-writers';
import { sealCheckpoint } from './anchors';
import type { RecoveryProgress } from './background-recovery';
import { Ballast, isDiskFull } from './ballast';
import { Checkpoints } from './checkpoints';
import { FileDamage } from './file-damage';
import { Gaps, type Gap } from './gaps';
import { guardedReport } from './guarded-report';
import { Heartbeat } from './heartbeat';
import { journalDefaults, type JournalOptions } from './journal-options';
import type { ChainDamage, GapRecord } from './journal-record';
import { JournalWriter } from './journal-writer';
import { recordText } from './line-encoder';
import { lossReason } from './not-written-error';
import { Retention } from './retention';
import { whoElseWrites } from './safe-open';
import type { Salvage } from './salvage-segment';
import { SigningKey } from './signing-key';
import { trustedKeysOf } from './witness';
import { writeLease } from './writer-lease';
import type { WriterSettings } from './writer-settings';

/** What the owner of a chain has to know. */
export interface ChainListener {
  /** The segment that holds the oldest intent without an outcome; infinite where all have theirs. */
  oldestIntent(): number;
  /** Another chain takes over: what is kept is written to its first segment. */
  onBegunAnew(): void;
  /** Whether outcomes of calls that have begun are pending. */
  holdsOutcome(): boolean;
  /** What was pending cannot be written, and was taken back. */
  onTakenBack(error: Error): void;
  /** Everything that was added is on disk, written again elsewhere perhaps. */
  onSynced(): void;
  /** The journal is latched: records that had been written are lost, and so is all that is pending. */
  onLost(error: Error, texts: readonly string[]): void;
  /** The file was damaged under the writer: so many events that had been acknowledged are lost with it. */
  onDamaged(damage: FileDamage, lost: number): void;
}

/** How often a chain in trouble is tried again, in milliseconds. */
const retryIntervalMs = 250;

/** How long a file stays open where age is limited, and how often files are looked at for their age, in milliseconds. */
const longestOpenMs = 86_400_000;
const ageIntervalMs = 3_600_000;

/** How often a running process looks for writers that are gone, in milliseconds. */
const adoptionIntervalMs = 10_000;

/** A hostile root may hold any number of damaged chains; each of them was reported. */
const maxDamagesNamed = 64;

/**
 * A chain of segments that goes on after failures. What could not be written is taken back; what could not be synced is
 * written to another segment; where that fails too, the chain is latched, and tried again until the disk works.
 */
export class GuardedChain {
  readonly gaps = new Gaps();
  readonly checkpoints: Checkpoints;
  /** Intents without an outcome, of the writers that were adopted. */
  adoptedUnknown = 0;
  readonly #options: JournalOptions;
  readonly #settings: WriterSettings;
  readonly #listener: ChainListener;
  readonly #report: OnJournalReport;
  readonly #adoption: WriterAdoption;
  readonly #heart = new Heartbeat();
  readonly #retention: Retention;
  /** When the file that is written was begun, and when files were last looked at for their age. */
  #openedAt = 0;
  #agedAt = performance.now();
  #writer: JournalWriter;
  #ballast: Ballast;
  #gapsInFlight: Gap[] = [];
  #writeFailures = 0;
  #latched: Error | undefined;
  #fullDisk: Error | undefined;
  #retryAt = 0;
  #adoptedAt = performance.now();
  /** Of other chains, and not named by this one yet. */
  #damages: ChainDamage[] = [];
  #retryTimer: NodeJS.Timeout | undefined;

  /** @throws TrefoilError `TREFOIL_AUDIT_PATH`, `TREFOIL_AUDIT_KEY` */
  constructor(options: JournalOptions, listener: ChainListener) {
    const { root, filePrefix, rotateDaily, maxSegmentBytes, service, environment, anchors = [] } = options;
    const key = options.key === undefined ? undefined : SigningKey.read(options.key);
    this.#options = options;
    this.#settings = {
      ...{ root, filePrefix, rotateDaily, maxSegmentBytes, service, environment, key },
      trusted: trustedKeysOf(key, options.trustedKeys ?? []),
      isAnchored: anchors.length > 0,
    };
    this.#listener = listener;
    this.#report = guardedReport(options.onReport);
    this.#adoption = new WriterAdoption(this.#settings, this.#report, ({ unknown, damage, seal }) => {
      if (seal !== undefined) this.checkpoints.handOn(seal);
      if (damage !== undefined) this.#damages.push(damage);
      this.adoptedUnknown += unknown;
    });
    this.#retention = new Retention(options, this.#settings, this.#report);
    this.checkpoints = new Checkpoints({
      anchors,
      maxWaitMs: options.maxWaitMs ?? journalDefaults.maxWaitMs,
      onFailure: (error) => this.#report('an anchor of the audit trail', error, 'warn'),
    });
    try {
      this.#writer = JournalWriter.create(this.#settings);
      this.#ballast = new Ballast(this.#writer.directory);
      this.#checkPermissions();
      this.checkpoints.tryAnchors();
      this.#begin();
    } catch (cause) {
      throw pathError(root, cause);
    }
  }

  get file(): string {
    return this.#writer.file;
  }

  /** The number of the segment that is written now, or was last. */
  get segment(): number {
    return this.#writer.lastSegment;
  }

  get pendingBytes(): number {
    return this.#writer.lines.pendingBytes;
  }

  get unsyncedBytes(): number {
    return this.#writer.lines.unsyncedBytes;
  }

  /** Directories that are set aside, because no trusted key has signed what they hold. */
  get quarantined(): readonly string[] {
    return this.#adoption.quarantined;
  }

  /** How far the recovery of what others have left has come, while it runs. */
  get recovering(): RecoveryProgress | undefined {
    return this.#adoption.recovery.progress;
  }

  /** Why nothing can be written. */
  get latched(): Error | undefined {
    return this.#latched;
  }

  /** Why only outcomes are written. */
  get fullDisk(): Error | undefined {
    return this.#fullDisk;
  }

  /**
   * Makes sure that a record may be added: that there is a segment with room, and that gaps and checkpoints come first.
   * On a full disk the room that is left is for the outcomes of calls that have begun.
   */
  prepare(at: string, isOutcome: boolean): void {
    if (this.#latched !== undefined) this.#resume(at);
    if (this.#fullDisk !== undefined && !isOutcome && !this.#hasRoomAgain()) throw this.#fullDisk;
    if (this.#writer.isRotationDue(at.slice(0, 10))) this.#rotate(at);
    // What is removed after a rotation may have cost the new file as well.
    if (this.#latched !== undefined) throw this.#latched;
    if (!this.gaps.isEmpty && this.#fullDisk === undefined) this.#addGaps(at);
    if (this.checkpoints.isDue(this.#writer.position.seq)) this.checkpoints.add(this.#writer, at);
  }

  add(text: string): void {
    this.#writer.add(text, true);
  }

  /** Writes what is pending, or takes it back and throws. The ballast is given up for outcomes. */
  writeOut(): void {
    if (this.#heart.hasPaused && !this.#isStillOurs()) return;
    try {
      try {
        this.#writer.lines.writeOut();
      } catch (error) {
        if (!isDiskFull(error)) throw error;
        this.#fullDisk ??= error as Error;
        this.retryLater();
        if (!this.#listener.holdsOutcome() || !this.#ballast.release()) throw error;
        this.#writer.lines.writeOut();
      }
    } catch (error) {
      this.#takeBack(error as Error);
      throw error;
    }
    this.#gapsInFlight = [];
    this.#writeFailures = 0;
  }

  /** Syncs what is written; where that fails, what is not on disk is written elsewhere. Calls back in any case. */
  sync(done: () => void): void {
    const writer = this.#writer;
    writer.lines.sync((error) => {
      if (error !== null) this.#attempt(() => this.#moveOn(error));
      if (writer === this.#writer) this.checkpoints.settle(writer.synced.seq);
      done();
    });
  }

  /** The same in the caller's turn; throws where everything has failed. */
  syncNow(): void {
    try {
      this.#writer.lines.syncNow();
    } catch (error) {
      this.#moveOn(error as Error);
    }
    this.checkpoints.settle(this.#writer.synced.seq);
    this.#listener.onSynced();
  }

  /** What has to be done from time to time: a sign of life, and a checkpoint. */
  maintain(at: string): void {
    if (this.#heart.isStopped) return;
    const writer = this.#writer;
    writer.lines.trim();
    const found = (damage: FileDamage | undefined): void => {
      if (damage !== undefined && writer === this.#writer) this.#attempt(() => this.#moveOn(damage));
    };
    this.#heart.beat(writer, (error) => {
      if (!writer.isLost) this.#report(writer.directory, error, 'warn');
      else if (writer === this.#writer) this.#attempt(() => this.#moveOn(error));
    });
    writer.lines.check(found);
    if (performance.now() - this.#adoptedAt > adoptionIntervalMs) {
      this.#adoptedAt = performance.now();
      this.#attempt(() => this.#adopt());
    }
    if (this.#latched !== undefined || this.#fullDisk !== undefined) return;
    if (this.#isAgeDue()) this.#attempt(() => this.#rotate(at));
    if (!this.#writer.isOpen) return;
    if (this.checkpoints.isOverdue(this.#writer.position.seq, Date.parse(at))) this.checkpoints.add(this.#writer, at);
  }

  /** Where age is limited, a file must not stay open for long, nor be kept until somebody calls a method. */
  #isAgeDue(): boolean {
    if (this.#options.maxAgeDays === undefined) return false;
    const now = performance.now();
    if (now - this.#openedAt > longestOpenMs && this.#writer.holdsEvents) return true;
    if (now - this.#agedAt < ageIntervalMs) return false;
    this.#agedAt = now;
    return this.#retention.isDue();
  }

  /** Goes on, and tells of losses, as soon as writing works again. */
  retryLater(): void {
    if (this.#retryTimer !== undefined) return;
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      this.#attempt(() => {
        this.prepare(new Date().toISOString(), false);
        this.writeOut();
        this.syncNow();
      });
      if (this.#latched !== undefined || this.#fullDisk !== undefined || !this.gaps.isEmpty) this.retryLater();
    }, retryIntervalMs);
    this.#retryTimer.unref();
  }

  /** Ends the chain. `texts` are its last records. */
  async end(at: string, texts: readonly string[]): Promise<void> {
    if (this.recovering !== undefined) {
      await this.#adoption.recovery.finish(this.#options.maxWaitMs ?? journalDefaults.maxWaitMs);
    }
    this.#heart.stop();
    if (this.#latched !== undefined) this.#resume(at, true);
    const damage = this.#writer.lines.damageNow();
    if (damage !== undefined) this.#moveOn(damage);
    this.#ballast.release();
    this.#addGaps(at);
    this.#writer.restore(texts);
    this.checkpoints.keep(sealCheckpoint(this.#writer, this.#writer.seal(at, true)));
    this.checkpoints.settle(this.#writer.synced.seq);
    this.#writer.leave();
    await this.checkpoints.delivered();
  }

  /** Closes what is open; after `end`, or instead of it. */
  release(): void {
    clearTimeout(this.#retryTimer);
    this.#adoption.recovery.stop();
    this.#writer.release();
    this.#writer.giveBack();
    this.#ballast.release();
  }

  /** Whoever may write to the root can remove what is in it, and put there what he likes. */
  #checkPermissions(): void {
    const { root, strictPermissions = false } = this.#options;
    const others = whoElseWrites(root);
    if (others === undefined) return;
    const error = new Error(`${others} may write to the directory of the audit trail, and remove what is in it`);
    if (!strictPermissions) return this.#report(root, error, 'error');
    this.#writer.release();
    fs.rmSync(this.#writer.directory, { recursive: true, force: true });
    throw error;
  }

  /** The first segment, behind what other writers have left. */
  #begin(): void {
    try {
      this.#ballast.take();
      this.#adopt();
      this.#open(new Date().toISOString());
      this.#retain();
    } catch (error) {
      this.#adoption.recovery.stop();
      this.#writer.release();
      fs.rmSync(this.#writer.directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** Ends the chains of writers that are gone; what was damaged is named by the next segment. */
  #adopt(): void {
    this.#adoption.run(this.#writer);
  }

  #retain(): void {
    this.#attempt(() => {
      try {
        this.#retention.run(this.#writer, (checkpoint) => {
          this.checkpoints.note(checkpoint);
          this.checkpoints.settle(this.#writer.synced.seq);
        });
        this.#writer.countSegments();
      } catch (error) {
        // Where it is the record that could not be written or synced, the file is not to be trusted.
        if (this.#writer.lines.pendingBytes + this.#writer.lines.unsyncedBytes === 0) throw error;
        this.#moveOn(error as Error);
      }
    });
  }

  #rotate(at: string): void {
    this.writeOut();
    try {
      // What it was given is forgotten with its seal.
      this.#assertInPlace();
      this.checkpoints.keep(sealCheckpoint(this.#writer, this.#writer.seal(at, false, this.#listener.oldestIntent())));
    } catch (error) {
      this.#moveOn(error as Error);
      return;
    }
    this.checkpoints.settle(this.#writer.synced.seq);
    this.#listener.onSynced();
    try {
      this.#openSegment(at);
    } catch (error) {
      throw this.#latch(error as Error, []);
    }
    this.#retain();
  }

  #assertInPlace(): void {
    const damage = this.#writer.lines.damageNow();
    if (damage !== undefined) throw damage;
  }

  #openSegment(at: string): void {
    try {
      this.#open(at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.#beginElsewhere(at);
      else if (isDiskFull(error) && this.#ballast.release()) this.#open(at);
      else throw error;
    }
  }

  /** The directory has gone between two segments: what was in the finished ones is counted. */
  #beginElsewhere(at: string): void {
    const { fault, id, lastSegment } = this.#writer;
    const lost = this.#writer.lostWithDirectory();
    const gone = new FileDamage('file_gone');
    const damage = fault ?? { writer: id, segment: lastSegment, line: 1, reason: gone.code };
    this.#beginAnew(at, lost > 0 ? damage : fault);
    if (lost === 0) return;
    this.#listener.onDamaged(gone, lost);
    this.gaps.giveBack([{ count: lost, reason: gone.code, byType: {}, from: at, to: at }]);
  }

  #open(at: string): void {
    this.#openedAt = performance.now();
    const checkpoint = this.#writer.openSegment(at, this.#damages.slice(0, maxDamagesNamed));
    this.#damages = [];
    if (checkpoint === undefined) return;
    this.checkpoints.note(checkpoint);
    this.checkpoints.settle(this.#writer.synced.seq);
  }

  /** The directory is gone: removed, moved, or adopted by somebody who has taken this writer for dead. */
  #beginAnew(at: string, damage: ChainDamage | undefined): void {
    this.#report(this.#writer.directory, new Error('the directory is gone; another chain is begun'), 'error');
    this.checkpoints.settle(this.#writer.synced.seq);
    if (damage !== undefined) this.#damages.unshift(damage);
    this.#writer = JournalWriter.create(this.#settings);
    this.#listener.onBegunAnew();
    this.checkpoints.forget(0);
    this.#ballast = new Ballast(this.#writer.directory);
    this.#ballast.take();
    this.#heart.heard();
    this.#open(at);
  }

  /**
   * After a pause, somebody may have taken this writer for dead and ended its chain: what is written there then forks
   * it. So the lease is renewed first; where there is none any more, another chain takes over.
   */
  #isStillOurs(): boolean {
    try {
      writeLease(this.#writer);
      this.#heart.heard();
    } catch (error) {
      if (this.#writer.isLost) {
        this.#moveOn(error as Error);
        return false;
      }
      this.#heart.heardBefore();
    }
    return true;
  }

  #addGaps(at: string): void {
    for (const gap of this.gaps.take()) {
      this.#gapsInFlight.push(gap);
      this.#writer.add(recordText('gap', at, gap));
    }
  }

  #takeBack(error: Error): void {
    this.#writer.dropPending();
    this.checkpoints.forget(this.#writer.position.seq);
    this.gaps.giveBack(this.#gapsInFlight.splice(0));
    this.#listener.onTakenBack(error);
    this.retryLater();
    this.#writeFailures += 1;
    this.#report(this.file, error, 'error');
    // One failure may have been of the moment; half a line, or a second failure, and the file is not to be trusted.
    const isBroken = this.#writer.lines.segment?.isTorn === true || (this.#writeFailures > 1 && !isDiskFull(error));
    if (isBroken) this.#attempt(() => this.#moveOn(error));
  }

  /** To another segment, with everything that is not on disk in this one, or was lost with its file. */
  #moveOn(cause: Error): void {
    const { file } = this;
    const damage = cause instanceof FileDamage ? cause : this.#writer.lines.damageNow();
    const at = new Date().toISOString();
    let texts: readonly string[] = [];
    try {
      const salvage = damage === undefined ? undefined : this.#salvage(damage, at);
      this.#report(file, salvage === undefined ? cause : damage, 'error');
      texts = salvage?.texts ?? this.#writer.abandonSegment(lossReason(cause));
      this.checkpoints.forget(this.#writer.position.seq);
      if (salvage?.isHomeless === true) this.#beginAnew(at, salvage.damage);
      else this.#openSegment(at);
      this.#writer.restore(texts);
    } catch (error) {
      // What it begins with is on disk, and the next one follows it.
      if (this.#writer.isOpen) this.#writer.abandonSegment(lossReason(error));
      throw this.#latch(error as Error, texts);
    }
    this.#gapsInFlight = [];
    this.#writeFailures = 0;
    this.#listener.onSynced();
  }

  /** What of a damaged segment is to be written anew; what cannot be is named by a gap in front of it. */
  #salvage(damage: FileDamage, at: string): Salvage | undefined {
    const salvage = this.#writer.salvageSegment(damage);
    if (salvage === undefined) return undefined;
    const { lost, texts } = salvage;
    this.#listener.onDamaged(damage, lost);
    if (lost === 0) return salvage;
    const gap = recordText('gap', at, { count: lost, reason: damage.code, byType: {}, from: at, to: at });
    return { ...salvage, texts: [gap, ...texts] };
  }

  #latch(error: Error, texts: readonly string[]): Error {
    this.#latched = error;
    this.#retryAt = performance.now() + retryIntervalMs;
    this.retryLater();
    this.#report(this.file, new Error(`nothing can be written: ${error.message}`, { cause: error }), 'error');
    // The gaps that were written are lost again; those that were only pending stand among the texts as well.
    this.#gapsInFlight = [];
    this.gaps.giveBack(gapsIn(texts));
    this.#listener.onLost(error, texts);
    return error;
  }

  #resume(at: string, now = false): void {
    if (!now && performance.now() < this.#retryAt) throw this.#latched as Error;
    this.#retryAt = performance.now() + retryIntervalMs;
    try {
      this.#openSegment(at);
    } catch (error) {
      this.#latched = error as Error;
      throw error;
    }
    this.#latched = undefined;
  }

  #hasRoomAgain(): boolean {
    if (performance.now() < this.#retryAt) return false;
    this.#retryAt = performance.now() + retryIntervalMs;
    if (!this.#ballast.take()) return false;
    this.#fullDisk = undefined;
    return true;
  }

  /** For what nobody waits for; failures have been reported, or are now. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#report(this.file, error, 'error');
    }
  }
}

function gapsIn(texts: readonly string[]): Gap[] {
  const gaps = texts.filter((text) => text.startsWith('"kind":"gap"'));
  return gaps.map((text) => {
    const { count, reason, byType, from, to } = JSON.parse(`{${text}`) as GapRecord;
    return { count, reason, byType, from, to };
  });
}

function pathError(root: string, cause: unknown): TrefoilError {
  return new TrefoilError(
    'TREFOIL_AUDIT_PATH',
    {
      attempted: 'Opening the audit journal',
      where: root,
      why: (cause as Error).message,
      todo: 'Give audit.path a directory that this process may create and write.',
    },
    { cause },
  );
}
