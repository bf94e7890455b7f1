import * as v from 'valibot';
import { monotonicMs } from '../call/clock';
import type { Delivery } from '../call/delivery';
import { describeValue, TrefoilError } from '../errors';
import { callable, wholeFrom } from '../option-values';
import { checkOptions } from '../validate-options';
import { canDeliver, type AuditBackend, type AuditGuarantees } from './audit-backend';
import { auditBackend } from './audit-backend-option';
import type { AuditEvent } from './audit-event';
import { filterEvents, type AuditFilter } from './audit-filter';
import type { AuditHealth } from './audit-health';
import { drainAtExit, forgetAtExit, type DrainsAtExit } from './drain-at-exit';
import { handsOnTo, reportLoss } from './handed-on';
import { tell } from './tell-listener';

/** Settings of an {@link AsyncAuditBackend}. */
export interface AsyncAuditBackendOptions {
  /** Where the events go; it is flushed and closed together with the queue. */
  readonly backend: AuditBackend;
  /** How many events may wait. Default 10,000. */
  readonly queueSize?: number;
  /** How long an event waits at most while the process is not busy, in seconds. Default 5; a half full queue does not wait. */
  readonly flushIntervalSeconds?: number;
  /**
   * What happens to an event for which there is no room: it is dropped, the oldest is dropped for it, or the caller writes
   * the oldest itself (`block`, for backends with `logSync`). What is dropped is counted. Default `drop-newest`.
   */
  readonly overflow?: 'drop-newest' | 'drop-oldest' | 'block';
  /** Told of each event that the backend did not take. Must not throw. Default: they are only counted. */
  readonly onError?: (error: unknown, event: AuditEvent) => void;
}

interface Waiting {
  readonly event: AuditEvent;
  readonly since: number;
}

/** How many events are written before other work has its turn. */
const batchSize = 256;

const optionsSchema = v.strictObject({
  backend: auditBackend,
  queueSize: v.optional(wholeFrom(1)),
  flushIntervalSeconds: v.optional(
    v.pipe(
      v.number(),
      v.check((seconds) => seconds > 0 && seconds <= 86_400, 'a number of seconds, at most a day'),
    ),
  ),
  overflow: v.optional(v.picklist(['drop-newest', 'drop-oldest', 'block'])),
  onError: v.optional(callable<(error: unknown, event: AuditEvent) => void>()),
});

/**
 * Lets calls go on before their events are written: `log` only puts them into a queue, which is written out in batches.
 * What waits is written when the event loop runs empty, at `process.exit()` as far as the backend works synchronously, and
 * by the runtime on SIGTERM and SIGINT; a process that is killed loses it. So it guarantees `bestEffort`, and a runtime
 * that uses it has to ask for no more.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`
 *
 * @example
 * ```ts
 * import { AsyncAuditBackend, FileAuditBackend } from 'trefoil';
 *
 * const audit = new AsyncAuditBackend({
 *   backend: new FileAuditBackend({ path: 'var/audit' }),
 *   queueSize: 1_000,
 *   overflow: 'block',
 * });
 * await audit.close();
 * ```
 */
export class AsyncAuditBackend implements AuditBackend {
  readonly name: string = 'async';
  readonly guarantees: AuditGuarantees;
  readonly #backend: AuditBackend;
  readonly #delivery: Delivery;
  readonly #size: number;
  readonly #intervalMs: number;
  readonly #overflow: NonNullable<AsyncAuditBackendOptions['overflow']>;
  readonly #onError: (error: unknown, event: AuditEvent) => void;
  readonly #atExit: DrainsAtExit = { drain: () => this.#drain(), drainNow: () => this.#drainNow() };
  #queue: Waiting[] = [];
  /** Handed to the backend, whose promise has not settled yet. */
  #inFlight: readonly Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  #draining: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #fullError: Error | undefined;
  #accepted = 0;
  #written = 0;
  #failed = 0;
  #overflowed = 0;
  #rejected = 0;

  constructor(options: AsyncAuditBackendOptions) {
    const {
      backend,
      queueSize = 10_000,
      flushIntervalSeconds = 5,
      overflow = 'drop-newest',
      onError = () => undefined,
    } = checkOptions(optionsSchema, options, 'AsyncAuditBackend');
    if (overflow === 'block' && backend.logSync === undefined) throw cannotBlock(backend);
    this.#backend = backend;
    this.#delivery = canDeliver(backend.guarantees, 'buffered') ? 'buffered' : 'bestEffort';
    this.guarantees = { delivery: 'bestEffort', volatile: backend.guarantees.volatile };
    this.#size = queueSize;
    this.#intervalMs = flushIntervalSeconds * 1_000;
    this.#overflow = overflow;
    this.#onError = onError;
    handsOnTo(this, [backend]);
  }

  /** Never waits; the event is taken unless it is dropped for want of room. */
  log(event: AuditEvent): void {
    if (this.#closing !== undefined) {
      this.#rejected += 1;
      throw closed();
    }
    this.#accepted += 1;
    if (this.#queue.length >= this.#size && !this.#makeRoom()) return;
    this.#queue.push({ event, since: monotonicMs() });
    this.#drainSoon();
  }

  logSync(event: AuditEvent): void {
    this.log(event);
  }

  /** What is still waiting is written first. */
  async *query(filter: AuditFilter = {}): AsyncGenerator<AuditEvent> {
    await this.#drain();
    yield* this.#backend.query?.(filter) ?? filterEvents([], filter);
  }

  health(): AuditHealth {
    const oldest = this.#inFlight[0] ?? this.#queue[0];
    const inner = this.#backend.health?.();
    return {
      accepted: this.#accepted,
      written: this.#written,
      dropped: { queue_full: this.#overflowed, write_failed: this.#failed },
      rejected: this.#rejected,
      queueDepth: this.#queue.length + this.#inFlight.length,
      queueAgeSeconds: oldest === undefined ? 0 : (monotonicMs() - oldest.since) / 1_000,
      ...(inner === undefined ? {} : { members: { [this.#backend.name]: inner } }),
    };
  }

  async flush(): Promise<void> {
    await this.#drain();
    await this.#backend.flush();
  }

  /** Takes no more events, writes what is waiting, and closes the backend. Closing twice does no harm. */
  close(): Promise<void> {
    return (this.#closing ??= this.#drain().then(() => this.#backend.close()));
  }

  #drain(): Promise<void> {
    if (this.#draining === undefined && this.#queue.length === 0) return Promise.resolve();
    return (this.#draining ??= this.#writeAll());
  }

  #drainNow(): void {
    for (const { event } of this.#queue.splice(0)) {
      void this.#write(event, () => {
        if (this.#backend.logSync === undefined) return this.#backend.log(event, this.#delivery);
        this.#backend.logSync(event, this.#delivery);
      });
    }
    this.#rest();
  }

  async #writeAll(): Promise<void> {
    this.#rest();
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, batchSize);
      const pending = batch.flatMap(
        ({ event }) => this.#write(event, () => this.#backend.log(event, this.#delivery)) ?? [],
      );
      this.#inFlight = batch;
      // A batch that is still being written holds the next one back: that is what the queue is for.
      await Promise.all(pending);
      this.#inFlight = [];
      if (this.#queue.length > 0) await new Promise((resolve) => setImmediate(resolve));
    }
    // In the same turn as the last look into the queue: what comes later finds no drain that is over already.
    this.#draining = undefined;
    this.#rest();
  }

  /** Counts what becomes of an event; never throws. */
  #write(event: AuditEvent, log: () => unknown): Promise<void> | undefined {
    const failed = (error: unknown): void => {
      this.#failed += 1;
      tell(() => this.#onError(error, event));
      reportLoss(this, error);
    };
    try {
      const returned = log();
      if (returned === undefined) return void (this.#written += 1);
      return Promise.resolve(returned).then(() => void (this.#written += 1), failed);
    } catch (error) {
      return failed(error) as undefined;
    }
  }

  #makeRoom(): boolean {
    if (this.#overflow === 'block') {
      const { event } = this.#queue.shift() as Waiting;
      void this.#write(event, () => this.#backend.logSync?.(event, this.#delivery));
      return true;
    }
    this.#overflowed += 1;
    // Made once: many may be dropped in one turn.
    this.#fullError ??= new Error(`the queue of ${this.#size} events is full (${this.#overflow})`);
    reportLoss(this, this.#fullError);
    if (this.#overflow === 'drop-newest') return false;
    this.#queue.shift();
    return true;
  }

  #drainSoon(): void {
    if (this.#timer === undefined) {
      drainAtExit(this.#atExit);
      this.#timer = setTimeout(() => void this.#drain(), this.#intervalMs);
      this.#timer.unref();
    }
    if (this.#queue.length * 2 >= this.#size) this.#soon ??= setImmediate(() => void this.#drain());
  }

  /** Nothing waits any more, or it is about to be written. */
  #rest(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#soon);
    this.#timer = undefined;
    this.#soon = undefined;
    if (this.#queue.length + this.#inFlight.length === 0) forgetAtExit(this.#atExit);
  }
}

function cannotBlock(backend: AuditBackend): TrefoilError {
  return new TrefoilError('TREFOIL_OPTIONS_INVALID', {
    attempted: 'Making an AsyncAuditBackend',
    where: 'overflow',
    expected: 'drop-newest or drop-oldest',
    given: `${describeValue('block')} for the backend "${backend.name}", which cannot write synchronously`,
    todo: 'Choose what to drop, or use a backend with logSync.',
  });
}

function closed(): TrefoilError {
  return new TrefoilError('TREFOIL_CLOSED', {
    attempted: 'Queuing an audit event',
    where: 'the AsyncAuditBackend',
    why: 'it is closed',
    todo: 'Stop the callers before the backend is closed.',
  });
}
