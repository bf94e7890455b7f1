import {
  context,
  INVALID_SPAN_CONTEXT,
  trace,
  type Context,
  type Span,
  type SpanOptions,
  type Tracer,
} from '@opentelemetry/api';

/**
 * Records nothing; what tracing is when it is switched off.
 *
 * @example
 * ```ts
 * import { NoopTracer } from 'trefoil';
 *
 * new NoopTracer().startActiveSpan('work', (span) => span.end());
 * ```
 */
export class NoopTracer implements Tracer {
  readonly name: string = 'none';

  /** A span that records nothing; it carries the parent's context on, so that a remote parent is not lost. */
  startSpan(_name: string, options: SpanOptions = {}, parent: Context = context.active()): Span {
    const around = options.root === true ? undefined : trace.getSpanContext(parent);
    return trace.wrapSpanContext(around ?? INVALID_SPAN_CONTEXT);
  }

  startActiveSpan<Fn extends (span: Span) => unknown>(name: string, ...rest: ActiveSpanArguments<Fn>): ReturnType<Fn> {
    return runActive(this, name, rest);
  }
}

/** The ways in which OpenTelemetry's `startActiveSpan` may be called after the name. */
export type ActiveSpanArguments<Fn> =
  [fn: Fn] | [options: SpanOptions, fn: Fn] | [options: SpanOptions, parent: Context, fn: Fn];

/** Starts a span and runs a function inside its context, as OpenTelemetry's API describes it. */
export function runActive<Fn extends (span: Span) => unknown>(
  tracer: Pick<Tracer, 'startSpan'>,
  name: string,
  rest: ActiveSpanArguments<Fn>,
): ReturnType<Fn> {
  const fn = rest[rest.length - 1] as Fn;
  // Plain JavaScript may leave out what it does not give, or give undefined for it.
  const options = (rest.length > 1 ? (rest[0] as SpanOptions | undefined) : undefined) ?? {};
  const parent = (rest.length > 2 ? (rest[1] as Context | undefined) : undefined) ?? context.active();
  const span = tracer.startSpan(name, options, parent);
  return context.with(trace.setSpan(parent, span), fn as (span: Span) => ReturnType<Fn>, undefined, span);
}
