import 'reflect-metadata';
import { Observed, Store, type TrefoilOptions } from '../../src/index';
import { shutDownAll, start } from './runtimes';

// A file of its own, since the operations of others would be problems here.
@Store()
class Sound {
  @Observed({ item: (id: string) => id })
  get(id: string): string {
    return id;
  }
}

afterEach(shutDownAll);

test('verify() passes where nothing is wrong', () => {
  const trefoil = start();
  new Sound().get('1');
  expect(trefoil.describe().problems).toEqual([]);
  expect(() => trefoil.verify()).not.toThrow();
});

test('verify() says how to go on where one thing is wrong', () => {
  const trefoil = start({ audit: { backend: 'memory', delivery: 'durable' } });
  expect(() => trefoil.verify()).toThrow(
    /TREFOIL_VERIFY_FAILED: .*\n- TREFOIL_AUDIT_VOLATILE: Audit events are kept in memory.*\. Solve the problem above/s,
  );
});

test('verify() accepts tracing that nobody has asked for', () => {
  expect(() => start({ tracing: { exporter: undefined } }).verify()).not.toThrow();
});

test.each<[string, TrefoilOptions]>([
  ['audit', { audit: { backend: 'none' } }],
  ['metrics', { metrics: { backend: 'none' } }],
  ['tracing', { tracing: { exporter: 'none' } }],
  ['logging', { logging: { level: 'silent' } }],
  ['an environment', { environments: { production: { audit: { backend: 'file' } } } }],
])('verify() accepts what is off on purpose: %s', (_, options) => {
  expect(() => start(options).verify()).not.toThrow();
});

test('verify() accepts tracing that a variable switches off', () => {
  process.env['OTEL_SDK_DISABLED'] = 'true';
  try {
    expect(() => start({ tracing: {} }).verify()).not.toThrow();
  } finally {
    delete process.env['OTEL_SDK_DISABLED'];
  }
});
