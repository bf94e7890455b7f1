import type { Context } from '@opentelemetry/api';
import type * as Sdk from '@opentelemetry/sdk-trace-node';
import { rootSource } from '../call/instrumentation-source';
import { whenRejected } from '../diagnostics';
import type { EndingProcessor } from './call-span-sink';
import type { SpanSampler } from './tracer-options';
import { within } from './within';

/** The SDK's `SamplingDecision.NOT_RECORD`. */
const notRecorded: Sdk.SamplingResult = Object.freeze({ decision: 0 });

/** A sampler of the application's. A span for which it fails is not recorded, and whoever starts it never learns of it. */
export class GuardedSampler implements Sdk.Sampler {
  readonly #inner: SpanSampler;

  constructor(inner: SpanSampler) {
    this.#inner = inner;
  }

  shouldSample(...given: Parameters<Sdk.Sampler['shouldSample']>): Sdk.SamplingResult {
    try {
      const result: unknown = this.#inner.shouldSample(...given);
      if (isSamplingResult(result)) return result;
      whenRejected(result, () => undefined);
      throw new TypeError('it gave no decision');
    } catch (error) {
      report('a sampler', error);
      return notRecorded;
    }
  }

  toString(): string {
    return this.#inner.toString();
  }
}

function isSamplingResult(result: unknown): result is Sdk.SamplingResult {
  return typeof (result as Partial<Sdk.SamplingResult> | null | undefined)?.decision === 'number';
}

/**
 * A span processor of the application's. What it throws reaches neither the code that is traced nor the processors beside
 * it, and it may take no longer than the tracer.
 */
export class GuardedSpanProcessor implements Sdk.SpanProcessor {
  readonly #inner: Partial<Sdk.SpanProcessor>;
  readonly #timeoutMs: number;

  constructor(inner: Sdk.SpanProcessor, timeoutMs: number) {
    this.#inner = inner;
    this.#timeoutMs = timeoutMs;
  }

  /** Whether it wants to be told that a span is about to end. */
  get hearsEnding(): boolean {
    return typeof this.#inner.onEnding === 'function';
  }

  // Each guarded by itself: a closure for each would cost a span a fifth of its memory (bench: allocation).
  onStart(span: Sdk.Span, parentContext: Context): void {
    try {
      whenRejected(this.#inner.onStart?.(span, parentContext), tell);
    } catch (error) {
      tell(error);
    }
  }

  onEnding(span: Sdk.Span): void {
    try {
      whenRejected(this.#inner.onEnding?.(span), tell);
    } catch (error) {
      tell(error);
    }
  }

  onEnd(span: Sdk.ReadableSpan): void {
    try {
      whenRejected(this.#inner.onEnd?.(span), tell);
    } catch (error) {
      tell(error);
    }
  }

  forceFlush(): Promise<void> {
    return this.#inTime('flushed', async () => this.#inner.forceFlush?.());
  }

  shutdown(): Promise<void> {
    return this.#inTime('shut down', async () => this.#inner.shutdown?.());
  }

  #inTime(what: string, work: () => Promise<void>): Promise<void> {
    const lateError = (): Error => new Error(`a span processor is not ${what} within ${this.#timeoutMs} ms`);
    return within(this.#timeoutMs, work(), { lateError });
  }
}

/** Those whose processor of the application's wants to be told that a span is about to end. */
export function endingProcessorsOf(processors: readonly Sdk.SpanProcessor[]): readonly EndingProcessor[] {
  return processors.filter(
    (processor) => processor instanceof GuardedSpanProcessor && processor.hearsEnding,
  ) as GuardedSpanProcessor[];
}

function tell(error: unknown): void {
  report('a span processor', error);
}

function report(where: string, error: unknown): void {
  rootSource.current?.parts.diagnostics.report('TREFOIL_HANDLER_FAILED', where, error);
}
