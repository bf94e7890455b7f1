import { context, ROOT_CONTEXT, TraceFlags } from '@opentelemetry/api';
import type * as Core from '@opentelemetry/core';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-node';
import { messageOf, type TextRedactor } from '../diagnostics';
import type { ExportHealth } from '../export-health';
import { escapeText } from '../redaction/escape-text';
import { CallSpan } from './call-span';
import { TooManyBytesError, UnwritableSpansError, type SpanSender } from './span-sender';
import type { SpanBatchOptions } from './tracer-options';
import { within } from './within';

/** Settings of a {@link SpanBatcher}. */
export interface SpanBatcherOptions {
  readonly sender: SpanSender;
  readonly batch: Required<SpanBatchOptions>;
  readonly flushTimeoutMs: number;
  readonly redactor: TextRedactor;
  readonly onReport: (where: string, error: unknown) => void;
}

/** Why spans are lost. */
type DropReason = 'queue_full' | 'export_failed' | 'too_large' | 'shutdown';

/** The same in words, with what can be done about it. */
const reasons: Readonly<Record<DropReason, string>> = {
  queue_full: 'the queue is full; raise batch.maxQueueSize, or sample less',
  export_failed: 'an export failed; look at the collector, and at its URL',
  too_large:
    'a single one is more than the collector takes at once; limit the length of attributes, or raise its limit',
  shutdown: 'the exporter was shut down before they were sent',
};

/** Exports that took too long may go on unseen, holding their spans; with so many of them no other is begun. */
const maxAbandoned = 4;
const maxErrorLength = 500;

/** How long a collector is left alone that has failed twice in a row, in milliseconds; twice as long each time after. */
const [firstPauseMs, longestPauseMs] = [500, 5_000];

/**
 * Gathers ended spans and hands them on in batches, one at a time. Unlike the SDK's own it
 * knows without a meter what has become of each, loses no batch over one span, and its shutdown ends in time, whatever the
 * collector does. To end a span costs an entry in a list:
 * nothing of it is read before it is exported.
 */
export class SpanBatcher implements SpanProcessor {
  readonly #options: SpanBatcherOptions;
  readonly #suppressTracing: typeof Core.suppressTracing;
  readonly #dropped: Record<DropReason, number> = {
    queue_full: 0,
    export_failed: 0,
    too_large: 0,
    shutdown: 0,
  };
  /** The losses that were told since the last export that succeeded. */
  readonly #told = new Set<DropReason>();
  readonly #abandoned = new Set<Promise<unknown>>();
  #waiting: ReadableSpan[] = [];
  #sending = 0;
  #exported = 0;
  #failures = 0;
  #failuresInRow = 0;
  #lastError: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isScheduled = false;
  #isPausing = false;
  #exporting: Promise<void> | undefined;
  #shutdown: Promise<void> | undefined;
  /** Nobody waits for what is still being sent. */
  #isGivenUp = false;

  constructor(options: SpanBatcherOptions) {
    this.#options = options;
    ({ suppressTracing: this.#suppressTracing } = require('@opentelemetry/core') as typeof Core);
  }

  onStart(): void {
    // There is nothing to do before a span has ended.
  }

  onEnd(span: ReadableSpan): void {
    // To ask a call's span, which is always sampled, for its ids would make them anew.
    if (!(span instanceof CallSpan) && (span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    if (this.#shutdown !== undefined) return this.#drop('shutdown', 1);
    const { maxQueueSize, maxExportBatchSize } = this.#options.batch;
    if (this.#waiting.length >= maxQueueSize) return this.#drop('queue_full', 1);
    this.#waiting.push(span);
    if (this.#waiting.length >= maxExportBatchSize) this.#exportSoon();
    else if (this.#timer === undefined) this.#exportLater();
  }

  /** Resolves when all spans that have ended until now are exported; rejects where some are not, or not in time. */
  async forceFlush(): Promise<void> {
    if (this.#shutdown !== undefined) return this.#shutdown;
    const before = this.#failed;
    await this.#drainInTime(this.#settled + this.#waiting.length + this.#sending);
    const lost = this.#failed - before;
    if (lost > 0) throw new Error(`${lost} spans are lost: ${this.#lastError ?? 'an export failed'}`);
  }

  /** Exports what waits, for as long as `flushTimeoutMs`; what is left then is dropped. */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#stop();
    return this.#shutdown;
  }

  health(): ExportHealth {
    const { sender, batch } = this.#options;
    return {
      exporter: sender.name,
      queueDepth: this.#waiting.length + this.#sending,
      queueLimit: batch.maxQueueSize,
      exported: this.#exported,
      dropped: { ...this.#dropped },
      failures: this.#failures,
      retries: sender.retries,
      lastError: this.#lastError,
    };
  }

  /** Spans that were taken, and of which it is known what has become of them. */
  get #settled(): number {
    return this.#exported + this.#failed;
  }

  get #failed(): number {
    return this.#dropped.export_failed + this.#dropped.too_large;
  }

  async #stop(): Promise<void> {
    const { sender, flushTimeoutMs } = this.#options;
    const startedAt = Date.now();
    let late: unknown;
    try {
      await this.#drainInTime(Infinity);
    } catch (error) {
      late = error;
    }
    this.#isGivenUp = true;
    this.#endDelay();
    const left = this.#waiting.length + this.#sending;
    this.#waiting = [];
    this.#sending = 0;
    if (left > 0) this.#drop('shutdown', left, late);
    sender.abandon();
    const leftMs = Math.max(1, flushTimeoutMs - (Date.now() - startedAt));
    await within(leftMs, sender.shutdown()).catch(() => undefined);
    if (left > 0) throw new Error(`${left} spans are lost: ${messageOf(late)}`);
  }

  async #drainInTime(upTo: number): Promise<void> {
    const { flushTimeoutMs, sender } = this.#options;
    const lateError = (): Error => {
      const left = this.#waiting.length + this.#sending;
      return new Error(`the exporter ${sender.name} has not taken ${left} spans within ${flushTimeoutMs} ms`);
    };
    await within(flushTimeoutMs, this.#drain(upTo), { lateError });
  }

  async #drain(upTo: number): Promise<void> {
    while (!this.#isGivenUp && this.#settled < upTo && this.#waiting.length + this.#sending > 0) {
      await (this.#exporting ?? this.#exportNext());
    }
  }

  /** Not inside of the call whose span fills the batch up: that call would wait for 512 spans to be written. */
  #exportSoon(): void {
    if (this.#isScheduled || this.#isPausing || this.#exporting !== undefined) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#exporting === undefined) void this.#exportNext();
    });
  }

  #exportLater(delayMs = this.#options.batch.scheduledDelayMs): void {
    this.#timer = setTimeout(() => {
      this.#endDelay();
      if (this.#exporting === undefined && this.#waiting.length > 0) void this.#exportNext();
    }, delayMs);
    this.#timer.unref();
  }

  /** Spares a collector that fails, and the process, batches that would be lost: meanwhile spans wait in the queue. */
  #pause(): void {
    this.#endDelay();
    this.#isPausing = true;
    this.#exportLater(Math.min(longestPauseMs, firstPauseMs * 2 ** (this.#failuresInRow - 2)));
  }

  #endDelay(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isPausing = false;
  }

  /** Never rejects. */
  #exportNext(): Promise<void> {
    this.#endDelay();
    this.#exporting = this.#exportOne().finally(() => {
      this.#exporting = undefined;
      if (this.#isGivenUp) return;
      if (this.#failuresInRow > 1) return this.#pause();
      if (this.#waiting.length === 0) return;
      if (this.#waiting.length >= this.#options.batch.maxExportBatchSize) this.#exportSoon();
      else if (this.#timer === undefined) this.#exportLater();
    });
    return this.#exporting;
  }

  async #exportOne(): Promise<void> {
    if (this.#abandoned.size >= maxAbandoned) await Promise.race(this.#abandoned);
    const spans = this.#waiting.splice(0, this.#options.batch.maxExportBatchSize);
    this.#sending = spans.length;
    await this.#export(spans);
  }

  /** Where one span cannot be written out, or all are too much at once, those of its batch that can be are sent without it. */
  async #export(spans: ReadableSpan[]): Promise<void> {
    if (this.#isGivenUp || spans.length === 0) return;
    const { exportTimeoutMs } = this.#options.batch;
    let sent: Promise<void> | undefined;
    try {
      sent = this.#send(spans);
      const lateError = (): Error => new Error(`not exported within ${exportTimeoutMs} ms`);
      await within(exportTimeoutMs, sent, { lateError, mayBeLeft: true });
      this.#onExported(spans.length);
    } catch (error) {
      if (isOfSomeSpans(error) && spans.length > 1) {
        const half = Math.ceil(spans.length / 2);
        await this.#export(spans.slice(0, half));
        return this.#export(spans.slice(half));
      }
      this.#onFailed(spans.length, error);
      if (sent !== undefined) this.#letGo(sent);
    }
  }

  /** Under no call's Context, and so that exporters make no spans of their own requests. */
  #send(spans: ReadableSpan[]): Promise<void> {
    return context.with(this.#suppressTracing(ROOT_CONTEXT), () => this.#options.sender.send(spans));
  }

  #onExported(count: number): void {
    if (this.#isGivenUp) return;
    this.#sending -= count;
    this.#failuresInRow = 0;
    this.#exported += count;
    this.#lastError = undefined;
    this.#told.clear();
  }

  #onFailed(count: number, error: unknown): void {
    if (this.#isGivenUp) return;
    this.#sending -= count;
    this.#failures += 1;
    // It says nothing of the collector, which may take the next batch.
    if (!isOfSomeSpans(error)) this.#failuresInRow += 1;
    this.#lastError = this.#describe(error);
    this.#drop(error instanceof TooManyBytesError ? 'too_large' : 'export_failed', count, error);
  }

  #letGo(sent: Promise<void>): void {
    const settled = sent.catch(() => undefined).finally(() => this.#abandoned.delete(settled));
    this.#abandoned.add(settled);
    this.#options.sender.abandon();
  }

  #drop(reason: DropReason, count: number, error?: unknown): void {
    this.#dropped[reason] += count;
    if (this.#told.has(reason)) return;
    this.#told.add(reason);
    const cause = error === undefined ? '' : `: ${this.#describe(error)}`;
    const { sender, onReport } = this.#options;
    try {
      onReport(`tracing (${sender.name})`, new Error(`spans are lost, since ${reasons[reason]}${cause}`));
    } catch {
      // Whoever is told has no say in what becomes of the spans; the count stands.
    }
  }

  #describe(error: unknown): string {
    const text = messageOf(error) === '' ? 'an error without a message' : messageOf(error);
    return escapeText(this.#options.redactor.redactText(text)).slice(0, maxErrorLength);
  }
}

/** Whether fewer spans, or others, could be sent all the same. */
function isOfSomeSpans(error: unknown): boolean {
  return error instanceof UnwritableSpansError || error instanceof TooManyBytesError;
}
