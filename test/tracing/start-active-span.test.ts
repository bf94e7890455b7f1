import { BasicTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { Span, Tracer } from '@opentelemetry/api';
import { GlobalTracer, InMemoryTracer, NoopTracer, OpenTelemetryTracer, runWithContext } from '../../src/index';

const tracers: readonly (readonly [string, Tracer])[] = [
  ['the SDK’s tracer', new BasicTracerProvider().getTracer('test')],
  ['OpenTelemetryTracer', new OpenTelemetryTracer({ spanProcessors: [] })],
  ['InMemoryTracer', new InMemoryTracer()],
  ['NoopTracer', new NoopTracer()],
  ['GlobalTracer', new GlobalTracer()],
];

describe.each(tracers)('startActiveSpan of %s', (_name, tracer) => {
  const start = tracer.startActiveSpan.bind(tracer) as (...given: unknown[]) => unknown;
  const fn = (span: Span): string => {
    span.end();
    return 'ran';
  };

  test.each([
    ['a name', ['work', fn]],
    ['undefined options', ['work', undefined, fn]],
    ['an undefined context', ['work', {}, undefined, fn]],
    ['neither options nor context', ['work', undefined, undefined, fn]],
  ])('runs its function with %s', (_what, given) => expect(start(...given)).toBe('ran'));
});

test.each([undefined, null, 1, 'x'])('runWithContext runs its function where it is given %p', (given) => {
  expect(runWithContext(given as undefined, () => 'ran')).toBe('ran');
});
