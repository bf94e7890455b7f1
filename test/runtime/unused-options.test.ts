import type { TrefoilOptions } from '../../src/index';
import { readEnvironment } from '../../src/runtime/environment';
import { readOptions } from '../../src/runtime/options';
import { unusedOptions } from '../../src/runtime/unused-options';
import { shutDownAll, start } from './runtimes';

afterEach(shutDownAll);

function unused(options: TrefoilOptions, variables: Readonly<Record<string, string>> = {}): string[] {
  return unusedOptions(readOptions(options, readEnvironment(variables))).map(({ where }) => where);
}

const console = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };

describe('an option that nothing looks at is named', () => {
  test.each<[TrefoilOptions, string[]]>([
    [{ audit: { backend: 'memory', path: 'x', maxFiles: 3 } }, ['audit.path', 'audit.maxFiles']],
    [
      { audit: { backend: 'file', path: 'x', maxEvents: 3, rotateDaily: true } },
      ['audit.maxEvents', 'audit.rotateDaily'],
    ],
    [{ audit: { backend: 'json', filePrefix: 'x', maxEvents: 3 } }, ['audit.maxEvents']],
    [{ audit: { backend: 'none', maxEvents: 3 } }, ['audit.maxEvents']],
    [{ metrics: { backend: 'memory', port: 1, defaultLabels: { a: 'b' } } }, ['metrics.port', 'metrics.defaultLabels']],
    [
      { metrics: { backend: 'otlp', port: 1, host: 'x', path: '/x' } },
      ['metrics.port', 'metrics.host', 'metrics.path'],
    ],
    [{ metrics: { backend: 'none', labelBudget: 3 } }, ['metrics.labelBudget']],
    [{ metrics: { endpoint: 'http://x', intervalMs: 5 } }, ['metrics.endpoint', 'metrics.intervalMs']],
    [{ metrics: { port: false, host: '0.0.0.0' } }, ['metrics.host']],
    [{ tracing: { sampleRate: 0.5 } }, ['tracing.sampleRate']],
    [
      { tracing: { exporter: 'memory', sampleRate: 0.5, headers: { a: 'b' } } },
      ['tracing.sampleRate', 'tracing.headers'],
    ],
    [{ tracing: { exporter: 'console', endpoint: 'http://x' } }, ['tracing.endpoint']],
    [{ tracing: { exporter: 'zipkin', compression: 'gzip' } }, ['tracing.compression']],
    [{ tracing: { exporter: 'global', sampler: 'always_on' } }, ['tracing.sampler']],
    [{ tracing: { exporter: 'otlp', sampler: 'always_on', sampleRate: 0.5 } }, ['tracing.sampleRate']],
    [{ tracing: { url: 'http://x/y', endpoint: 'http://x' } }, ['tracing.endpoint']],
    [{ logging: { rotation: { maxFiles: 3 } } }, ['logging.rotation']],
    [{ logging: { logger: console, level: 'debug', path: 'x' } }, ['logging.level', 'logging.path']],
    [{ service: { environment: 'prod' }, environments: { production: {} } }, ['environments.prod']],
  ])('%j', (options, expected) => {
    expect(unused(options).sort()).toEqual([...expected].sort());
  });

  test('by the environment that a variable names, and not where none is named', () => {
    const environments = { production: {}, test: {} };
    expect(unused({ environments }, { TREFOIL_ENV: 'staging' })).toEqual(['environments.staging']);
    expect(unused({ environments }, { NODE_ENV: 'test' })).toEqual([]);
    expect(unused({ environments })).toEqual([]);
    expect(unused({}, { TREFOIL_ENV: 'staging' })).toEqual([]);
  });
});

describe('an option that is looked at is not', () => {
  test.each<[TrefoilOptions]>([
    [{}],
    [{ audit: { path: 'x', key: 'k.pem', anchors: [{ file: 'a' }] } }],
    [{ audit: { backend: 'memory', maxEvents: 1, delivery: 'strict', onFailure: 'continue', maxWaitMs: 1 } }],
    [{ audit: { backend: 'none', required: true } }],
    [{ metrics: { backend: 'memory', port: false, cluster: false, defaultMetrics: false, path: undefined } }],
    [{ metrics: { backend: 'otlp', endpoint: 'http://x', prefix: 'a', defaultMetrics: true, temporality: 'delta' } }],
    [{ metrics: { port: 0, host: 'x', pushGateway: { url: 'http://x' }, cluster: true } }],
    [{ tracing: { endpoint: 'http://x', sampleRate: 0.5, batch: {}, limits: {}, compression: 'gzip' } }],
    [{ tracing: { exporter: 'none', propagators: [] } }],
    [{ tracing: { exporter: 'memory', maxSpans: 5 } }],
    [{ logging: { path: 'x', rotation: { maxFiles: 3 }, level: 'debug' } }],
    [
      {
        service: { environment: 'test' },
        audit: { path: 'x', maxFiles: 3 },
        tracing: { exporter: 'otlp', sampleRate: 0.1 },
        environments: { test: { audit: { backend: 'memory' }, tracing: { exporter: 'memory' } } },
      },
    ],
  ])('%j', (options) => {
    expect(unused(options)).toEqual([]);
  });
});

test('status() and describe() list it as a problem, with the reason, and it is reported once', async () => {
  const trefoil = start({ audit: { backend: 'memory', path: 'var/audit' } });
  const problem = {
    code: 'TREFOIL_OPTION_UNUSED',
    where: 'audit.path',
    message: 'audit.path has no effect, since audit.backend is memory. Remove it, or change the other.',
  };
  expect(trefoil.status().problems).toEqual([problem]);
  expect(trefoil.describe().problems).toContainEqual(problem);
  await trefoil.reconfigure({ metrics: { labelBudget: 5 } });
  expect(trefoil.status().reports.TREFOIL_OPTION_UNUSED).toBe(1);
  await trefoil.reconfigure({ audit: { backend: 'none' } });
  expect(trefoil.status().problems).toEqual([]);
});
