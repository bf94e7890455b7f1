import { trace, type Context, type Span, type SpanOptions, type Tracer, type TracerProvider } from '@opentelemetry/api';
import * as v from 'valibot';
import { validateOptions } from '../validate-options';
import { runActive, type ActiveSpanArguments } from './noop-tracer';
import { scopeName } from './scope-name';
import { flushTimeoutOption } from './tracer-options';
import { within } from './within';

/** Settings of a {@link GlobalTracer}. */
export interface GlobalTracerOptions {
  /** How long `flush()` waits for the application's SDK, in milliseconds. Default 5,000. */
  readonly flushTimeoutMs?: number;
}

const schema = v.strictObject({ flushTimeoutMs: flushTimeoutOption });

/** What the API puts in front of the provider that the application registers. */
interface ProviderInFront {
  getDelegate(): TracerProvider;
  /** `undefined` as long as none is registered. */
  getDelegateTracer(name: string): Tracer | undefined;
}

/** Whether the application has set up an OpenTelemetry SDK of its own, for all of the process. */
export function isTracerProviderRegistered(): boolean {
  const provider = trace.getTracerProvider();
  return !isInFront(provider) || provider.getDelegateTracer(scopeName) !== undefined;
}

function isInFront(provider: TracerProvider): provider is TracerProvider & ProviderInFront {
  return 'getDelegateTracer' in provider && 'getDelegate' in provider;
}

/**
 * Hands spans to the OpenTelemetry SDK that the application has set up, whichever that is: its sampler, processors and
 * exporters decide. As long as none is registered nothing is recorded; one that is registered later is used from then on.
 * The SDK stays the application's: it is flushed, and never shut down.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`
 *
 * @example
 * ```ts
 * import { GlobalTracer } from 'trefoil';
 *
 * new GlobalTracer().startActiveSpan('work', (span) => span.end());
 * ```
 */
export class GlobalTracer implements Tracer {
  readonly name: string = 'global';
  #provider: TracerProvider | undefined;
  #tracer: Tracer | undefined;
  #isSettled = false;
  readonly #flushTimeoutMs: number;

  constructor(options: GlobalTracerOptions = {}) {
    const { flushTimeoutMs = 5_000 }: GlobalTracerOptions = validateOptions(schema, options, {
      code: 'TREFOIL_OPTIONS_INVALID',
      attempted: 'Creating a GlobalTracer',
      todo: 'Correct the option; its documentation says what it takes.',
    });
    this.#flushTimeoutMs = flushTimeoutMs;
  }

  startSpan(name: string, options?: SpanOptions, parent?: Context): Span {
    return this.#current().startSpan(name, options, parent);
  }

  startActiveSpan<Fn extends (span: Span) => unknown>(name: string, ...rest: ActiveSpanArguments<Fn>): ReturnType<Fn> {
    return runActive(this, name, rest);
  }

  /** Asks the application's SDK to export what has ended, where it can be asked; rejects where that fails or takes too long. */
  async flush(): Promise<void> {
    const provider = trace.getTracerProvider();
    const behind = isInFront(provider) ? provider.getDelegate() : provider;
    const flushed = (behind as { forceFlush?(): Promise<void> }).forceFlush?.();
    const lateError = (): Error => new Error(`the application’s SDK is not flushed within ${this.#flushTimeoutMs} ms`);
    await within(this.#flushTimeoutMs, Promise.resolve(flushed), { lateError });
  }

  /** Looked for anew until one is there: another copy of the API may register it, of which this one is not told. */
  #current(): Tracer {
    if (this.#isSettled && this.#tracer !== undefined) return this.#tracer;
    const provider = trace.getTracerProvider();
    this.#isSettled = isTracerProviderRegistered();
    if (this.#tracer === undefined || this.#provider !== provider || this.#isSettled) {
      this.#provider = provider;
      this.#tracer = trace.getTracer(scopeName);
    }
    return this.#tracer;
  }
}
