import 'reflect-metadata';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { container } from 'tsyringe';
import { Audited, AUDIT_BACKEND, InMemoryAuditBackend, Store, type TrefoilOptions } from '../../src/index';
import { shutDownAll, start } from './runtimes';

@Store()
class Ledger {
  @Audited({ event: 'read' })
  get(): void {}
}

const directory = mkdtempSync(join(tmpdir(), 'trefoil-reconfigure-'));
const file: TrefoilOptions['audit'] = { backend: 'file', path: join(directory, 'audit'), delivery: 'durable' };
const key = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

let onConsole: jest.SpyInstance<void, unknown[]>;
beforeEach(() => (onConsole = jest.spyOn(console, 'error').mockImplementation(() => undefined)));
afterEach(async () => {
  await shutDownAll();
  onConsole.mockRestore();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What was reported of audit that has become weaker. */
function weakened(): string[] {
  const lines = onConsole.mock.calls.map(([line]) => String(line));
  return lines
    .filter((line) => line.includes('TREFOIL_AUDIT_WEAKENED'))
    .map((line) => line.split('reconfigure(): ')[1] ?? '');
}

describe('trefoil.options', () => {
  test('are those in force, with defaults, variables and the sections of the environment', () => {
    process.env['LOG_LEVEL'] = 'critical';
    try {
      const { options } = start({
        logging: {},
        environments: {
          test: { audit: { maxEvents: 7 }, metrics: { backend: 'otlp', endpoint: 'http://127.0.0.1:9' } },
        },
      });
      expect(options.service).toEqual({ name: 'quiet', version: undefined, environment: 'test' });
      expect(options.audit).toMatchObject({ backend: 'memory', maxEvents: 7, delivery: 'buffered' });
      expect(options.metrics).toMatchObject({ backend: 'otlp', endpoint: 'http://127.0.0.1:9' });
      expect(options.logging.level).toBe('critical');
      expect(options.shutdownTimeoutMs).toBe(5_000);
      expect(options).not.toHaveProperty('environments');
    } finally {
      delete process.env['LOG_LEVEL'];
    }
  });

  test('a path alone asks for a file', () => {
    const { options } = start({ audit: { path: join(directory, 'alone') } });
    expect(options.audit).toMatchObject({ backend: 'file', path: join(directory, 'alone') });
  });

  test('cannot be changed, at any depth', () => {
    const { options } = start({
      redaction: { fieldsToRedact: ['iban'] },
      metrics: { backend: 'memory', buckets: { a: [1] } },
    });
    const deep = [options, options.audit, options.redaction.fieldsToRedact, options.metrics.buckets?.['a']];
    for (const each of deep) expect(Object.isFrozen(each)).toBe(true);
  });

  test('hold no secret, and leave what the application has made as it is', async () => {
    const audit = new InMemoryAuditBackend();
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const trefoil = start({
      audit: { ...file, key, anchors: [{ backend: audit }] },
      metrics: {
        port: false,
        pushGateway: { url: 'http://me:sesame@127.0.0.1:9', headers: { authorization: 'sesame' } },
      },
      tracing: { exporter: 'otlp', endpoint: 'http://127.0.0.1:9/?api_key=sesame', headers: { 'x-key': 'sesame' } },
      logging: { logger },
      redaction: { patterns: [/abc/] },
    });
    const { options } = trefoil;
    expect(JSON.stringify(options)).not.toMatch(/sesame|PRIVATE KEY/);
    expect(options.tracing.headers).toEqual({ 'x-key': '[REDACTED]' });
    expect(options.metrics.pushGateway?.url).toBe('http://[REDACTED]@127.0.0.1:9');
    expect(options.audit.key).toBe('[REDACTED]');
    expect(options.logging.logger).toBe(logger);
    expect(options.audit.anchors?.[0]).toEqual({ backend: audit });
    expect(Object.isFrozen(audit) || Object.isFrozen(logger)).toBe(false);
    // What is shown without secrets is in force with them: nothing is made anew.
    const { tracer } = trefoil;
    await trefoil.reconfigure({});
    expect(trefoil.tracer).toBe(tracer);
  });
});

describe('reconfigure(partial)', () => {
  test('leaves alone what it does not name: a durable trail in files stays one', async () => {
    const trefoil = start({ audit: file });
    const { audit } = trefoil;
    await trefoil.reconfigure({ logging: { level: 'critical' } });
    await trefoil.reconfigure({ audit: { maxEvents: undefined }, logging: undefined });
    await trefoil.reconfigure();
    expect(trefoil.audit).toBe(audit);
    expect(trefoil.options.audit).toMatchObject(file);
    expect(trefoil.options.logging.level).toBe('critical');
    expect(weakened()).toEqual([]);
  });

  test('goes field by field, replaces lists, and keeps what earlier ones have changed', async () => {
    const trefoil = start({
      metrics: { backend: 'memory', labelBudget: 5, buckets: { a: [1, 2], b: [3] } },
      redaction: { fieldsToRedact: ['iban', 'bic'], replacement: '…' },
    });
    await trefoil.reconfigure({ metrics: { buckets: { a: [9] } } });
    await trefoil.reconfigure({ redaction: { fieldsToRedact: ['bic'] } });
    expect(trefoil.options.metrics).toMatchObject({ labelBudget: 5, buckets: { a: [9], b: [3] } });
    expect(trefoil.options.redaction).toEqual({ fieldsToRedact: ['bic'], replacement: '…' });
  });

  test('replaces a section whose backend or exporter it changes', async () => {
    const trefoil = start({ audit: { backend: 'memory', maxEvents: 3 }, tracing: { exporter: 'memory', maxSpans: 3 } });
    await trefoil.reconfigure({ audit: { ...file }, tracing: { exporter: 'none' } });
    expect(trefoil.options.audit).toEqual({ ...file, required: false });
    expect(trefoil.options.tracing).not.toHaveProperty('maxSpans');
  });

  test('wins over the section of the environment, and brings sections of its own', async () => {
    const trefoil = start({ environments: { test: { audit: { maxEvents: 7 } } } });
    await trefoil.reconfigure({ audit: { maxEvents: 8 } });
    expect(trefoil.options.audit.maxEvents).toBe(8);
    await trefoil.reconfigure({ audit: { maxEvents: 9 }, environments: { test: { audit: { maxEvents: 10 } } } });
    expect(trefoil.options.audit.maxEvents).toBe(10);
  });

  test('that fails changes nothing, also not for those after it', async () => {
    const trefoil = start({ audit: file });
    await expect(trefoil.reconfigure({ audit: { delivery: 'buffered', maxFiles: 0 } })).rejects.toMatchObject({
      code: 'TREFOIL_OPTIONS_INVALID',
    });
    await trefoil.reconfigure();
    expect(trefoil.options.audit.delivery).toBe('durable');
  });
});

describe('a change that makes audit weaker', () => {
  test.each<[string, TrefoilOptions['audit'], RegExp]>([
    ['a backend that forgets', { backend: 'memory' }, /^events are now gone with the process: "file" became "memory"/],
    ['none at all', { backend: 'none' }, /^audit is switched off, after the backend "file"/],
    ['a weaker delivery', { delivery: 'buffered' }, /^audit\.delivery is buffered, after durable/],
    ['going on without the event', { onFailure: 'continue' }, /^audit\.onFailure is continue/],
    ['fewer anchors', { anchors: [] }, /^audit\.anchors lost 1 of 1/],
    ['no key', { backend: 'json', path: join(directory, 'json'), delivery: 'durable' }, /^audit\.key is gone/],
  ])('is reported at error, whatever the level: %s', async (_, change, expected) => {
    const trefoil = start({ audit: { ...file, key, anchors: [{ file: join(directory, 'anchor') }] } });
    await trefoil.reconfigure({ audit: change });
    expect(weakened()).toContainEqual(expect.stringMatching(expected));
    expect(trefoil.status().reports.TREFOIL_AUDIT_WEAKENED).toBe(weakened().length);
  });

  test('each time, however soon after another, and a stronger one is not', async () => {
    const trefoil = start({ audit: { backend: 'memory', delivery: 'strict' } });
    await trefoil.reconfigure({ audit: { delivery: 'durable' } });
    await trefoil.reconfigure({ audit: { delivery: 'buffered' } });
    await trefoil.reconfigure({ audit: { delivery: 'strict' } });
    expect(weakened()).toEqual([
      expect.stringContaining('audit.delivery is durable'),
      expect.stringContaining('audit.delivery is buffered'),
    ]);
  });

  test('is reported where it comes from the container', async () => {
    const trefoil = start({ audit: file });
    container.register(AUDIT_BACKEND, { useValue: new InMemoryAuditBackend() });
    await trefoil.reconfigure();
    new Ledger().get();
    expect(weakened()).toEqual([expect.stringContaining('"file" became "memory"')]);
  });

  test('is not where it was not made', async () => {
    const trefoil = start({ audit: file, metrics: { port: 0 } });
    const taken = Number(new URL(String((await trefoil.ready, trefoil.status().metrics.url))).port);
    const other = start({ audit: file, metrics: { backend: 'memory' } }, container.createChildContainer());
    await expect(
      other.reconfigure({
        audit: { backend: 'none' },
        metrics: { backend: 'prometheus', port: taken, required: true },
      }),
    ).rejects.toMatchObject({ code: 'TREFOIL_METRICS_PORT' });
    expect(weakened()).toEqual([]);
  });
});
