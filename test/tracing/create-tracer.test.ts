import 'reflect-metadata';
import { SpanStatusCode } from '@opentelemetry/api';
import {
  createTracer,
  GlobalTracer,
  InMemoryTracer,
  NoopTracer,
  OpenTelemetryTracer,
  SpanStatus,
  TrefoilError,
  type CreateTracerOptions,
} from '../../src/index';

function refusal(options: unknown): Pick<TrefoilError, 'code'> & { where: string; expected?: string; given?: string } {
  try {
    createTracer(options as CreateTracerOptions);
  } catch (error) {
    if (!(error instanceof TrefoilError)) throw error;
    const { where, expected, given } = error.path;
    return {
      code: error.code,
      where,
      ...(expected === undefined ? {} : { expected }),
      ...(given === undefined ? {} : { given }),
    };
  }
  throw new Error('it was not refused');
}

describe('createTracer', () => {
  test.each<[CreateTracerOptions, abstract new (...args: never[]) => unknown, string]>([
    [{ enabled: false }, NoopTracer, 'none'],
    [{ exporterType: 'none' }, NoopTracer, 'none'],
    [{ exporterType: 'memory', maxSpans: 5 }, InMemoryTracer, 'memory'],
    [{ exporterType: 'global' }, GlobalTracer, 'global'],
    [{}, OpenTelemetryTracer, 'otlp'],
    [
      { serviceName: 'orders', exporterType: 'otlp', endpoint: 'http://localhost:4317', protocol: 'grpc' },
      OpenTelemetryTracer,
      'otlp',
    ],
    [{ exporterType: 'jaeger' }, OpenTelemetryTracer, 'jaeger'],
    [{ exporterType: 'zipkin', endpoint: 'http://localhost:9411/api/v2/spans' }, OpenTelemetryTracer, 'zipkin'],
    [{ exporterType: 'console' }, OpenTelemetryTracer, 'console'],
  ])('makes of %j the tracer asked for', async (options, Tracer, name) => {
    const tracer = createTracer(options);
    expect(tracer).toBeInstanceOf(Tracer);
    expect(tracer.name).toBe(name);
    await tracer.shutdown?.();
  });

  test.each<[unknown, string, string, string]>([
    [
      { exporterType: 'tempo' },
      'exporterType',
      '"otlp" or "jaeger" or "zipkin" or "console" or "memory" or "none" or "global"',
      '"tempo"',
    ],
    [
      { exporter: 'otlp' },
      'exporter',
      'no option of that name',
      'the unknown option "exporter" (did you mean "exporters"?)',
    ],
    [{ endpoint: 'localhost:4318' }, 'endpoint', 'an http or https URL', '"localhost:4318"'],
    [{ protocol: 'http' }, 'protocol', '"http/protobuf" or "http/json" or "grpc"', '"http"'],
    [{ timeoutMs: 0 }, 'timeoutMs', 'a whole number from 1 to 2147483647', '0'],
    [
      { batch: { maxQueueSize: 10, maxExportBatchSize: 11 } },
      'batch',
      'a maxExportBatchSize that is no more than maxQueueSize',
      'an object',
    ],
    [{ batch: { maxQueueSize: 0 } }, 'batch.maxQueueSize', 'a whole number from 1 on', '0'],
    [{ sampleRate: 2 }, 'sampleRate', 'a number from 0 to 1', '2'],
    [{ exporterType: 'memory', maxSpans: 0.5 }, 'maxSpans', 'a whole number from 1 on', '0.5'],
    [
      { exporterType: 'jaeger', endpoint: 'http://localhost:14268/api/traces' },
      'endpoint',
      'where Jaeger takes OTLP, such as http://localhost:4318',
      'the path /api/traces of its former format',
    ],
  ])('refuses %j, and says what it takes', (options, where, expected, given) => {
    expect(refusal(options)).toEqual({ code: 'TREFOIL_OPTIONS_INVALID', where, expected, given });
  });

  test('does not show the headers, which hold keys, of options that it refuses', () => {
    const options = {
      headers: { authorization: 'Bearer sesame' },
      compression: 'zip',
    } as unknown as CreateTracerOptions;
    expect(() => createTracer(options)).toThrow(expect.not.stringContaining('sesame') as string);
  });

  test.each<CreateTracerOptions>([
    { headers: { authorization: 'Bearer sesame\n' } },
    { headers: { authorization: 'Bearer sesame\n' }, protocol: 'grpc' },
    { headers: { 'the key': 'sesame' }, exporterType: 'zipkin' },
  ])('refuses headers that cannot be sent, and does not show them: %#', (options) => {
    expect(refusal(options)).toEqual({
      code: 'TREFOIL_OPTIONS_INVALID',
      where: 'headers',
      expected: 'headers of visible ASCII, without line feeds',
      given: 'an object',
    });
  });

  test('does not show the password of a URL whose exporter refuses its settings', () => {
    const options: CreateTracerOptions = {
      protocol: 'grpc',
      endpoint: 'http://ali:sesame@localhost:4317',
      headers: { authorization: 'Bearer\tsesame' },
    };
    const { code, where } = refusal(options);
    expect(code).toBe('TREFOIL_TRACING_START');
    expect(where).toBe('tracing.endpoint http://[REDACTED]@localhost:4317');
  });

  test('takes a batch no larger than a queue that is made smaller', async () => {
    const tracer = createTracer({ batch: { maxQueueSize: 3 } }) as OpenTelemetryTracer;
    for (let index = 0; index < 5; index += 1) tracer.startSpan('x').end();
    expect(tracer.exportHealth()).toMatchObject([{ queueLimit: 3, queueDepth: 3, dropped: { queue_full: 2 } }]);
    await tracer.shutdown().catch(() => undefined);
  });
});

test('SpanStatus names the codes of the API', () => {
  expect(SpanStatus).toEqual({ UNSET: SpanStatusCode.UNSET, OK: SpanStatusCode.OK, ERROR: SpanStatusCode.ERROR });
});
