import { monotonicMs } from '../../call/clock';
import type { AuditEventType } from '../../call/event-type';
import type { Delivery } from '../../call/delivery';
import { TrefoilError } from '../../errors';
import type { AuditEvent } from '../audit-event';
import { drainAtExit, forgetAtExit, type DrainsAtExit } from '../drain-at-exit';
import { lateError } from '../in-time';
import { EventText } from './event-text';
import { GroupCommit } from './group-commit';
import { GuardedChain } from './guarded-chain';
import { JournalClock } from './journal-clock';
import { OpenIntents } from './open-intents';
import { journalDefaults, type JournalOptions } from './journal-options';
import type { EventRecord } from './journal-record';
import { JournalCounters, type JournalStatus } from './journal-status';
import { recordText } from './line-encoder';
import { lossReason, notWritten } from './not-written-error';
import { beatIntervalMs } from './writer-lease';

/** An event on its way to the disk. */
interface Taken {
  readonly event: AuditEvent;
  readonly kind: EventRecord['kind'];
  readonly delivery: Delivery;
}

/** So much that is queued in memory is written at once, in bytes. */
const batchBytes = 65_536;
/** So much that is not on disk is synced at once; so much more makes the callers wait for it. */
const syncSoonBytes = 4_194_304;
const syncNowBytes = 33_554_432;

/**
 * The log on disk under every file backend: durable, ordered and chained by hashes. Events are encoded in the order in
 * which they are accepted, and leave in that order: every write is made in somebody's turn and takes along all that is
 * queued, so that nothing comes between; only syncs are asynchronous, and shared.
 */
export class Journal {
  readonly #chain: GuardedChain;
  readonly #commit: GroupCommit;
  readonly #counters = new JournalCounters();
  readonly #clock = new JournalClock();
  readonly #text: EventText;
  readonly #maxWaitMs: number;
  readonly #maxQueue: number;
  readonly #intents = new OpenIntents();
  readonly #maintenance: NodeJS.Timeout;
  /** Encoded and not written yet. */
  #queue: Taken[] = [];
  /** What is only in memory is lost with a process that ends by itself, unless it is written before. */
  readonly #atExit: DrainsAtExit = {
    drain: () => this.flush().catch(() => undefined),
    drainNow: () => {
      try {
        this.writeOut();
      } catch {
        // It has been counted and reported.
      }
    },
  };
  #isAtExit = false;
  #closing: Promise<void> | undefined;

  /**
   * Opens a root: recovers and seals what writers that are gone have left there, and begins a chain of its own.
   *
   * @throws TrefoilError `TREFOIL_AUDIT_PATH`, `TREFOIL_AUDIT_KEY`
   */
  constructor(options: JournalOptions) {
    this.#text = new EventText(this.#clock, options.maxEventLength ?? journalDefaults.maxEventLength);
    this.#maxWaitMs = options.maxWaitMs ?? journalDefaults.maxWaitMs;
    this.#maxQueue = options.maxQueue ?? journalDefaults.maxQueue;
    this.#commit = new GroupCommit({
      sync: (done) => this.#sync(done),
      maxWaitMs: this.#maxWaitMs,
      timeoutError: () => lateError(this.file, this.#maxWaitMs),
    });
    this.#chain = new GuardedChain(options, {
      holdsOutcome: () => this.#queue.some(({ kind, delivery }) => kind !== 'intent' && isWaitedFor(delivery)),
      oldestIntent: () => this.#intents.oldestSegment,
      onBegunAnew: () => this.#intents.moveToFirst(),
      onTakenBack: (error) => this.#allTakenBack(error),
      onSynced: () => this.#allSynced(),
      onLost: (error, texts) => this.#allLost(error, texts),
      onDamaged: (damage, lost) => this.#counters.damagedBy(damage, lost),
    });
    this.#maintenance = setInterval(() => this.#maintain(), beatIntervalMs);
    this.#maintenance.unref();
  }

  /** The file that is written now. */
  get file(): string {
    return this.#chain.file;
  }

  get status(): JournalStatus {
    const { accepted, written, dropped, rejected, syncs, lastSyncMs, longestSyncMs } = this.#counters;
    const outcomeUnknown = this.#counters.outcomeUnknown + this.#chain.adoptedUnknown;
    return {
      ...{ accepted, written, dropped: { ...dropped }, rejected, outcomeUnknown, syncs, lastSyncMs, longestSyncMs },
      syncLatency: this.#counters.syncLatency,
      queueDepth: this.#commit.waiting,
      queueAgeMs: this.#commit.oldest === undefined ? 0 : monotonicMs() - this.#commit.oldest,
      unsyncedBytes: this.#chain.unsyncedBytes + this.#chain.pendingBytes,
      checkpointAgeMs: Math.max(0, Date.now() - this.#chain.checkpoints.lastMs),
      latched: this.#chain.latched,
      diskFull: this.#chain.fullDisk !== undefined,
      quarantined: this.#chain.quarantined,
      ...(this.#chain.recovering === undefined ? {} : { recovering: this.#chain.recovering }),
      damages: this.#counters.damages,
      lastDamage: this.#counters.lastDamage,
    };
  }

  /** Takes an event, as safely as the delivery says; what is returned resolves once it is. */
  append(event: AuditEvent, delivery: Delivery = 'buffered'): void | Promise<void> {
    if (delivery === 'durable' || delivery === 'strict') return this.#appendAndWait(event, delivery);
    this.#accept(event, delivery);
    if (delivery === 'bestEffort') this.#isAtExit ||= drainAtExit(this.#atExit);
    if (delivery === 'buffered' || this.#chain.pendingBytes >= batchBytes) this.#writeOut();
    if (this.#chain.unsyncedBytes < syncSoonBytes) this.#commit.soon();
    else if (this.#chain.unsyncedBytes < syncNowBytes) this.#commit.now();
    else this.#syncNow();
  }

  /** The same without leaving the caller's turn. */
  appendSync(event: AuditEvent, delivery: Delivery = 'buffered'): void {
    if (delivery !== 'durable' && delivery !== 'strict') {
      void this.append(event, delivery);
      return;
    }
    this.#accept(event, delivery);
    this.#writeOut();
    this.#syncNow();
  }

  /** Hands what is queued in memory to the kernel, where others can read it. */
  writeOut(): void {
    if (this.#closing === undefined) this.#writeOut();
  }

  /** Resolves when everything accepted so far is on disk. */
  flush(): Promise<void> {
    return this.#closing ?? this.#flush();
  }

  /** Takes no more events, ends the chain and resolves when everything is on disk. Closing twice does no harm. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #appendAndWait(event: AuditEvent, delivery: Delivery): Promise<void> {
    if (this.#commit.waiting >= this.#maxQueue) {
      await this.#commit.room().catch(() => {
        const full = Object.assign(new Error('too many callers wait for the disk'), { code: 'queue_full' });
        throw this.#lose({ event, delivery, kind: this.#kindOf(event, delivery) }, full);
      });
    }
    this.#accept(event, delivery);
    if (this.#chain.pendingBytes >= batchBytes) this.#writeOut();
    await this.#commit.wait(this.#counters.accepted);
  }

  #accept(event: AuditEvent, delivery: Delivery): void {
    const at = this.#clock.now();
    const taken: Taken = { event, delivery, kind: this.#kindOf(event, delivery) };
    try {
      if (this.#closing !== undefined) throw closedError(this.file);
      this.#chain.prepare(at, taken.kind !== 'intent' && isWaitedFor(delivery));
      this.#chain.add(`"kind":"${taken.kind}","at":"${at}","event":${this.#text.of(event)}}`);
    } catch (error) {
      throw this.#lose(taken, error as Error);
    }
    this.#counters.accepted += 1;
    this.#queue.push(taken);
    if (taken.kind === 'intent') this.#intents.add(event, this.#chain.segment);
    else if (taken.kind === 'outcome') this.#intents.delete(event.eventId);
  }

  /** The outcome of a stream follows its intent in another delivery. */
  #kindOf(event: AuditEvent, delivery: Delivery): EventRecord['kind'] {
    if (delivery === 'strict' && event.status === 'unknown') return 'intent';
    return this.#intents.has(event.eventId) || delivery === 'strict' ? 'outcome' : 'event';
  }

  #writeOut(): void {
    try {
      this.#chain.writeOut();
    } catch (error) {
      throw notWritten(this.file, (error as Error).message, error);
    }
    this.#allWritten();
  }

  #sync(done: (ticket: number) => void): void {
    const ticket = this.#counters.accepted;
    try {
      this.#writeOut();
    } catch {
      // Whoever waits for it has been told.
    }
    if (this.#chain.unsyncedBytes === 0) {
      done(ticket);
      return;
    }
    const begun = performance.now();
    this.#chain.sync(() => {
      this.#counters.synced(performance.now() - begun);
      done(ticket);
    });
  }

  #syncNow(): void {
    const begun = performance.now();
    try {
      this.#chain.syncNow();
    } catch (error) {
      throw notWritten(this.file, (error as Error).message, error);
    } finally {
      this.#counters.synced(performance.now() - begun);
    }
  }

  #allWritten(): void {
    if (this.#isAtExit) this.#isAtExit = forgetAtExit(this.#atExit);
    this.#counters.written += this.#queue.length;
    this.#queue.length = 0;
  }

  #allSynced(): void {
    this.#allWritten();
    this.#commit.settle(this.#counters.accepted);
  }

  #allTakenBack(error: Error): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const taken of queue) this.#lose(taken, error);
    this.#commit.reject(this.#counters.accepted - queue.length, notWritten(this.file, error.message, error));
  }

  /** Of what had been written only the texts are left; what is queued is among them. */
  #allLost(error: Error, texts: readonly string[]): void {
    this.#queue = [];
    let waited = this.#commit.reject(0, notWritten(this.file, error.message, error));
    this.#counters.rejected += waited;
    for (const text of texts) {
      const { kind, event, at } = JSON.parse(`{${text}`) as EventRecord;
      if (event === undefined) continue;
      const { event_id: eventId, event_type: type } = event as { event_id: string; event_type: AuditEventType };
      if (waited > 0) waited -= 1;
      else this.#counters.drop(lossReason(error));
      if (kind === 'outcome') this.#intents.leaveOpen();
      if (kind === 'intent') this.#intents.delete(eventId);
      else this.#chain.gaps.add(type, lossReason(error), at);
    }
  }

  /** Counts a loss; an intent has no place in a gap, since its call is refused or has an outcome. */
  #lose({ event, kind, delivery }: Taken, error: Error): Error {
    const reason = lossReason(error);
    if (isWaitedFor(delivery)) this.#counters.rejected += 1;
    else this.#counters.drop(reason);
    this.#intents.delete(event.eventId);
    if (kind === 'outcome') this.#intents.leaveOpen();
    if (kind !== 'intent' && reason !== 'closed') {
      this.#chain.gaps.add(event.eventType, reason, this.#clock.now());
      this.#chain.retryLater();
    }
    return error instanceof TrefoilError ? error : notWritten(this.file, error.message, error);
  }

  #maintain(): void {
    this.#chain.maintain(this.#clock.now());
    if (this.#chain.pendingBytes > 0) this.#commit.now();
  }

  async #flush(): Promise<void> {
    this.#writeOut();
    const { latched } = this.#chain;
    if (latched !== undefined) throw notWritten(this.file, latched.message, latched);
    if (this.#chain.unsyncedBytes > 0) await this.#commit.wait(this.#counters.accepted, Number.POSITIVE_INFINITY);
  }

  async #close(): Promise<void> {
    try {
      await this.#flush().catch(() => undefined);
      const at = this.#clock.now();
      const unknown = this.#intents.events.map((event) => ({ ...event.toJSON(), status: 'unknown' }));
      this.#counters.outcomeUnknown += unknown.length;
      await this.#chain.end(
        at,
        unknown.map((event) => recordText('outcome', at, { event })),
      );
    } catch (error) {
      throw notWritten(this.file, (error as Error).message, error);
    } finally {
      clearInterval(this.#maintenance);
      forgetAtExit(this.#atExit);
      this.#commit.stop();
      this.#chain.release();
    }
  }
}

function isWaitedFor(delivery: Delivery): boolean {
  return delivery === 'durable' || delivery === 'strict';
}

function closedError(file: string): TrefoilError {
  return new TrefoilError('TREFOIL_CLOSED', {
    attempted: 'Writing an audit event',
    where: file,
    why: 'the backend is closed',
    todo: 'Stop the callers before the backend is closed.',
  });
}
