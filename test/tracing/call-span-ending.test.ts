import 'reflect-metadata';
import { trace, type Span } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-node';
import { container } from 'tsyringe';
import { initializeObservability, Observed, OpenTelemetryTracer, TRACER } from '../../src/index';
import { CallSpan } from '../../src/tracing/call-span';

class SdkTracer extends OpenTelemetryTracer {
  override startSpan(...given: Parameters<OpenTelemetryTracer['startSpan']>): Span {
    return super.startSpan(...given);
  }
}

class Orders {
  @Observed({ event: 'update', item: (id: string) => id })
  change(_id: string): void {
    trace.getActiveSpan()?.setAttributes({ 'item.id': 'of the body', rows: 1 });
  }

  @Observed({ event: 'update', item: (id: string) => id })
  changeMany(_id: string): void {
    for (let key = 0; key < 200; key += 1) trace.getActiveSpan()?.setAttribute(`key-${key}`, key);
  }
}

type Ending = (span: Span & ReadableSpan) => void;

const tracers: [string, typeof OpenTelemetryTracer][] = [
  ['ours', OpenTelemetryTracer],
  ["the SDK's", SdkTracer],
];

async function ended(
  Tracer: typeof OpenTelemetryTracer,
  onEnding?: Ending,
  use: (orders: Orders) => void = (orders) => orders.change('secret'),
): Promise<{ span: ReadableSpan; steps: string[] }> {
  container.reset();
  const steps: string[] = [];
  const spans: ReadableSpan[] = [];
  const processor: SpanProcessor = {
    onStart: () => void steps.push('start'),
    onEnd: (span) => {
      steps.push(`end ${span.ended}`);
      spans.push(span);
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  if (onEnding !== undefined) {
    processor.onEnding = (span) => {
      steps.push(`ending ${span.isRecording()} ${span.ended} ${span.endTime[0] > 0} ${span.duration[0] >= 0}`);
      onEnding(span);
    };
  }
  container.registerInstance(TRACER, new Tracer({ spanProcessors: [processor] }));
  const trefoil = initializeObservability({ audit: { backend: 'none' }, logging: { level: 'silent' }, signals: false });
  use(new Orders());
  await trefoil.shutdown();
  const [span] = spans;
  if (span === undefined) throw new Error('no span');
  expect(span instanceof CallSpan).toBe(Tracer === OpenTelemetryTracer);
  return { span, steps };
}

describe.each(tracers)('onEnding, where the span is %s', (_whose, Tracer) => {
  test('is called between start and end, while the span records and its end is known', async () => {
    const { steps } = await ended(Tracer, () => undefined);
    expect(steps).toEqual(['start', 'ending true false true true', 'end true']);
  });

  test('sees what the span says of its call, which wins over the body, and what it sets wins over that', async () => {
    let seen: unknown;
    const { span } = await ended(Tracer, (ending) => {
      seen = ending.attributes['item.id'];
      ending.setAttribute('item.id', 'hashed').setAttributes({ 'store.outcome': 'other', added: true });
    });
    expect(seen).toBe('secret');
    expect(span.attributes).toMatchObject({ 'item.id': 'hashed', 'store.outcome': 'other', added: true, rows: 1 });
    expect(span.droppedAttributesCount).toBe(0);
  });

  test('may throw', async () => {
    const { span, steps } = await ended(Tracer, () => {
      throw new Error('not now');
    });
    expect(steps).toHaveLength(3);
    expect(span.attributes).toMatchObject({ 'item.id': 'secret', 'store.outcome': 'success' });
  });

  test('is not missed where a processor has none', async () => {
    expect((await ended(Tracer)).steps).toEqual(['start', 'end true']);
  });
});

test('a call of end() within onEnding does nothing to the span of a call', async () => {
  const { span, steps } = await ended(OpenTelemetryTracer, (ending) => ending.end());
  expect(steps).toEqual(['start', 'ending true false true true', 'end true']);
  expect(span.attributes).toMatchObject({ 'item.id': 'secret' });
});

test('what onEnding replaces is replaced, however many attributes the body has set', async () => {
  const replace: Ending = (ending) => void ending.setAttribute('item.id', 'hashed');
  const { span } = await ended(OpenTelemetryTracer, replace, (orders) => orders.changeMany('secret'));
  expect(span.attributes['item.id']).toBe('hashed');
  expect(Object.keys(span.attributes)).toHaveLength(128);
});

test('a change in onEnding is that of one span, and not of the next of its method', async () => {
  const seen: unknown[] = [];
  const keep: Ending = (ending) => {
    seen.push(ending.attributes['store.name']);
    ending.setAttribute('store.name', 'changed');
  };
  await ended(OpenTelemetryTracer, keep, (orders) => {
    orders.change('first');
    orders.change('second');
  });
  expect(seen).toEqual(['Orders', 'Orders']);
});
