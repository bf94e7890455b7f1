import 'reflect-metadata';
import { diag, DiagLogLevel, trace } from '@opentelemetry/api';
import { InMemoryTracer, Observed, OpenTelemetryTracer, Store, type SpanLimitOptions } from '../../src/index';
import { shutDownAll, start } from '../runtime/runtimes';
import { operated, operations, sdkSpan, type Operation } from './span-operations';

/** What the logger of OpenTelemetry's API is told meanwhile, without the ids. */
function told(work: () => unknown): string[] {
  const lines: string[] = [];
  const log =
    (level: string) =>
    (message: string): void => {
      const isOfSpan = /Span|attribute|exception|event|link|status|end\(\)/i.test(message);
      if (isOfSpan) lines.push(`${level}: ${message.replace(/[0-9a-f]{16,32}/g, 'ID')}`);
    };
  const logger = {
    error: log('error'),
    warn: log('warn'),
    info: log('info'),
    debug: log('debug'),
    verbose: log('verbose'),
  };
  diag.setLogger(logger, { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true });
  try {
    work();
  } finally {
    diag.disable();
  }
  return lines;
}

@Store({ name: 'items' })
class Items {
  @Observed({ event: 'read' })
  read(operate: Operation): void {
    const span = trace.getActiveSpan();
    if (span === undefined) throw new Error('no span');
    operate(span);
  }
}

const processors = [
  {
    onStart: () => undefined,
    onEnd: () => undefined,
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  },
];

const withEndedTwice: typeof operations = [
  ...operations,
  [
    'an end that comes twice',
    (span) => {
      span.end();
      span.end();
    },
  ],
];

afterEach(shutDownAll);

test('the SDK tells of what is too late, too much or not valid', () => {
  const sdkTold = withEndedTwice.map(([, operate]) => told(() => sdkSpan(operate, undefined)));
  expect(sdkTold.filter((lines) => lines.length > 0).length).toBeGreaterThan(15);
});

describe.each<[string, SpanLimitOptions | undefined]>([
  ['the usual limits', undefined],
  ['few events and links', { eventCount: 3, linkCount: 2 }],
  ['no events and links', { eventCount: 0, linkCount: 0 }],
])('with %s', (_what, limits) => {
  const options = limits === undefined ? {} : { limits };

  test.each(withEndedTwice)('a span in memory tells what the SDK’s tells: %s', (_operation, operate) => {
    const expected = told(() => sdkSpan(operate, limits));
    const span = new InMemoryTracer(options).startSpan('x');
    expect(told(() => operated(span, operate))).toEqual(expected);
  });

  test.each(withEndedTwice)('the span of a call tells what the SDK’s tells: %s', (_operation, operate) => {
    const expected = told(() => sdkSpan(operate, limits));
    start({ tracing: { exporter: new OpenTelemetryTracer({ ...options, spanProcessors: processors }) } });
    const lines = told(() => new Items().read(operate));
    // A call’s span is called after the call.
    expect(lines.map((line) => line.replace('items.read', 'x'))).toEqual(expected);
  });
});

test('a call tells nothing of its own, also where its body has ended the span', () => {
  start({ tracing: { exporter: new OpenTelemetryTracer({ spanProcessors: processors }) } });
  expect(told(() => new Items().read((span) => span.end()))).toEqual([]);
});

test.each<[string, () => unknown]>([
  ['an object without toString', () => Object.create(null)],
  [
    'an object whose toString throws',
    () => ({
      toString: () => {
        throw new Error('no');
      },
    }),
  ],
  ['a code without toString', () => ({ code: Object.create(null) as unknown })],
  [
    'a getter that throws',
    () => ({
      get message(): string {
        throw new Error('no');
      },
    }),
  ],
])('to record %s throws nothing, and is told', (_what, make) => {
  start({ tracing: { exporter: new OpenTelemetryTracer({ spanProcessors: processors }) } });
  const record: Operation = (span) => span.recordException(make() as Error);
  const expected = ['warn: Failed to record an exception that cannot be read'];
  expect(told(() => new Items().read(record))).toEqual(expected);
  expect(told(() => operated(new InMemoryTracer().startSpan('x'), record))).toEqual(expected);
});
