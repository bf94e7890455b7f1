import 'reflect-metadata';
import { performance } from 'node:perf_hooks';
import { trace, type HrTime, type Span, type TimeInput } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { InMemorySpan, InMemoryTracer, Observed, OpenTelemetryTracer } from '../../src/index';
import { shutDownAll, start } from '../runtime/runtimes';

/** A span that has ended, in milliseconds since the Unix epoch. */
interface Times {
  readonly from: number;
  readonly to: number;
  readonly events: readonly number[];
}

const ms = ([seconds, ns]: HrTime): number => seconds * 1000 + ns / 1e6;

function timesOf(span: ReadableSpan | InMemorySpan | undefined): Times {
  if (span === undefined) throw new Error('no span');
  if (span instanceof InMemorySpan) {
    const { startHrTime, endHrTime = [0, 0], events } = span;
    return { from: ms(startHrTime), to: ms(endHrTime), events: events.map(({ hrTime }) => ms(hrTime)) };
  }
  return { from: ms(span.startTime), to: ms(span.endTime), events: span.events.map(({ time }) => ms(time)) };
}

class Items {
  @Observed({ event: 'read' })
  read(use: (span: Span) => void): void {
    const span = trace.getActiveSpan();
    if (span !== undefined) use(span);
  }
}

function exporting(ended: ReadableSpan[]): OpenTelemetryTracer {
  const onEnd = (span: ReadableSpan): void => void ended.push(span);
  const done = (): Promise<void> => Promise.resolve();
  return new OpenTelemetryTracer({
    spanProcessors: [{ onStart: () => undefined, onEnd, forceFlush: done, shutdown: done }],
  });
}

type Use = (use: (span: Span) => void, startTime?: TimeInput) => Times;

const spans: [string, Use][] = [
  [
    'in memory',
    (use, startTime) => {
      const span = new InMemoryTracer().startSpan('x', startTime === undefined ? {} : { startTime });
      use(span);
      return timesOf(span);
    },
  ],
  [
    'by hand',
    (use, startTime) => {
      const ended: ReadableSpan[] = [];
      use(exporting(ended).startSpan('x', startTime === undefined ? {} : { startTime }));
      return timesOf(ended[0]);
    },
  ],
  [
    'of a call',
    (use) => {
      const ended: ReadableSpan[] = [];
      start({ tracing: { exporter: exporting(ended) } });
      new Items().read(use);
      return timesOf(ended[0]);
    },
  ],
  [
    'of a call in memory',
    (use) => {
      const tracer = new InMemoryTracer();
      start({ tracing: { exporter: tracer } });
      new Items().read(use);
      return timesOf(tracer.getSpans()[0]);
    },
  ],
];

const unusable: [string, unknown][] = [
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['an invalid Date', new Date(NaN)],
  ['a pair without numbers', ['x', 'y']],
  ['a pair of NaN', [NaN, 0]],
  ['an empty list', []],
  ['a text', 'now'],
  ['null', null],
  ['a time before 1970', new Date(-1_000)],
  ['a time that 64 bits of nanoseconds cannot hold', 2 ** 53],
  ['seconds beyond them', [1e12, 0]],
  ['a number beyond all clocks', -1e21],
];

/** The clocks of the machine may be apart by as much as a look at them takes. */
const nearMs = 60_000;

afterEach(shutDownAll);

describe.each(spans)('the times of a span %s', (_whose, use) => {
  test('may be readings of the monotonic clock', () => {
    const [eventAt, threwAt, endAt] = [1, 2, 3].map((later) => performance.now() + later / 1000) as [
      number,
      number,
      number,
    ];
    while (performance.now() <= endAt);
    const { from, to, events } = use((span) => {
      span.addEvent('one', eventAt).addEvent('other', {}, eventAt);
      span.recordException(new Error('x'), threwAt);
      span.end(performance.now());
    });
    expect(Math.abs(from - Date.now())).toBeLessThan(nearMs);
    expect(to).toBeGreaterThanOrEqual(from);
    for (const at of events) expect(Math.abs(at - Date.now())).toBeLessThan(nearMs);
    expect(events).toHaveLength(3);
  });

  test.each(unusable)('are those of now where they are %s', (_what, time) => {
    const given = time as TimeInput;
    const before = Date.now();
    const { from, to, events } = use((span) => {
      span.addEvent('one', {}, given);
      span.recordException(new Error('x'), given);
      span.end(given);
      expect(span.isRecording()).toBe(false);
    }, given);
    expect(Math.abs(from - before)).toBeLessThan(nearMs);
    expect(to).toBeGreaterThanOrEqual(from);
    expect(events).toHaveLength(2);
    for (const at of events) expect(Math.abs(at - before)).toBeLessThan(nearMs);
  });

  test('are as they are given, where they are times', () => {
    const { events } = use((span) => {
      span.addEvent('number', 1_700_000_000_001).addEvent('date', new Date(1_700_000_000_002));
      span.addEvent('pair', [1_700_000_000, 3_000_000]).addEvent('third', 1_700_000_000_004, 1_700_000_000_005);
      span.end();
    });
    expect(events).toEqual([1, 2, 3, 5].map((later) => 1_700_000_000_000 + later));
  });
});
