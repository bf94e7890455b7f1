import 'reflect-metadata';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { container } from 'tsyringe';
import { initializeObservability, LOGGER, type TrefoilOptions } from '../../src/index';
import { RecordingLogger } from '../fixtures/memory-runtime';
import { quiet, shutDownAll, start } from './runtimes';

const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const body = pem.split('\n')[1] as string;
const rsa = generateKeyPairSync('rsa', { modulusLength: 1_024 }).privateKey;
const rsaBody = rsa.export({ type: 'pkcs8', format: 'der' }).toString('base64');
const word = 'hunter2hunter2';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trefoil-secrets-'));
});

afterEach(async () => {
  await shutDownAll();
  rmSync(folder, { recursive: true, force: true });
});

/** Everything that a runtime says of itself, be it by an error, in the log, or when asked. */
async function saidOf(options: TrefoilOptions, variables: Readonly<Record<string, string>> = {}): Promise<string> {
  container.reset();
  const logger = new RecordingLogger();
  container.register(LOGGER, { useValue: logger });
  const console = [jest.spyOn(process.stderr, 'write'), jest.spyOn(process.stdout, 'write')];
  for (const stream of console) stream.mockImplementation(() => true);
  Object.assign(process.env, variables);
  const said: unknown[] = [];
  try {
    const trefoil = initializeObservability({ ...quiet, ...options });
    await trefoil.ready.catch((error: unknown) => said.push(error));
    trefoil.tracer.startSpan('sent').end();
    trefoil.meter.createCounter('pushed').add(1);
    await trefoil.flush().catch((error: unknown) => said.push(error));
    try {
      trefoil.verify();
    } catch (error) {
      said.push(error);
    }
    said.push(trefoil.status(), trefoil.describe(), trefoil.options);
    await trefoil.shutdown().catch((error: unknown) => said.push(error));
  } catch (error) {
    said.push(error, (error as Error).stack);
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
    said.push(
      console.flatMap((stream) => stream.mock.calls),
      logger.lines,
    );
    for (const stream of console) stream.mockRestore();
  }
  const all = said.map((each) => inspect(each, { depth: 12, maxStringLength: null }) + jsonOf(each));
  return all.join('\n').replace(/\\+n/g, '');
}

function jsonOf(value: unknown): string {
  return (
    JSON.stringify(value, (_key, each: unknown) => (each instanceof Error ? { ...each, at: each.message } : each)) ?? ''
  );
}

const file = (key: string): TrefoilOptions => ({ audit: { backend: 'file', path: join(folder, 'audit'), key } });
const trusting = (...trustedKeys: readonly string[]): TrefoilOptions => {
  const key = pem;
  return { audit: { backend: 'file', path: join(folder, 'audit'), key, trustedKeys } };
};
const closed = '127.0.0.1:9';

/** What is given, and what of it must be found nowhere. */
const given: Readonly<Record<string, readonly [() => TrefoilOptions, string]>> = {
  'audit.key as PEM': [() => file(pem), body],
  'audit.key in one line': [() => file(pem.replaceAll('\n', '\\n')), body],
  'audit.key without its first and last line': [() => file(body), body],
  'audit.key that is cut off': [() => file(body.slice(0, 50)), body.slice(0, 50)],
  'audit.key that is PEM, cut off': [() => file(pem.slice(0, 70)), body.slice(0, 40)],
  'audit.key in hex': [
    () => file(Buffer.from(body, 'base64').toString('hex')),
    Buffer.from(body, 'base64').toString('hex'),
  ],
  'audit.key of another kind': [() => file(rsaBody), rsaBody.slice(40, 80)],
  'audit.key with a null character': [() => file(`${word}\0`), word],
  'audit.key that is a pass phrase': [() => file(word), word],
  'audit.key that is no text': [() => file({ pem: word } as never), word],
  'audit.key of the memory backend': [() => ({ audit: { backend: 'memory', key: body } }), body],
  'audit.key, required': [() => ({ audit: { ...file(body.slice(1)).audit, required: true } }), body.slice(1)],
  'audit.trustedKeys with a private one': [() => trusting(pem), body],
  'audit.trustedKeys with the base64 of a private one': [() => trusting(body), body],
  'audit.trustedKeys with something else': [() => trusting(word), word],
  'audit.trustedKeys that is a text': [() => ({ audit: { path: folder, trustedKeys: body as never } }), body],
  'tracing.headers': [
    () => ({ tracing: { exporter: 'otlp', endpoint: `http://${closed}`, headers: { 'x-auth': word } } }),
    word,
  ],
  'tracing.headers that cannot be sent': [
    () => ({ tracing: { exporter: 'otlp', headers: { 'x-auth': `${word}\n` } } }),
    word,
  ],
  'tracing.headers that is a text': [() => ({ tracing: { headers: `x-auth=${word}` as never } }), word],
  'tracing.endpoint': [() => ({ tracing: { exporter: 'otlp', endpoint: `http://me:${word}@${closed}` } }), word],
  'tracing.endpoint of Zipkin': [
    () => ({ tracing: { exporter: 'zipkin', endpoint: `http://me:${word}@${closed}` } }),
    word,
  ],
  'tracing.endpoint that is no URL': [
    () => ({ tracing: { exporter: 'otlp', endpoint: `me:${word}@${closed}` } }),
    word,
  ],
  'tracing.url with a query': [
    () => ({ tracing: { exporter: 'otlp', url: `http://${closed}/?api_key=${word}` } }),
    word,
  ],
  'metrics.endpoint': [
    () => ({ metrics: { backend: 'otlp', endpoint: `http://me:${word}@${closed}`, flushTimeoutMs: 500 } }),
    word,
  ],
  'metrics.headers': [
    () => ({
      metrics: { backend: 'otlp', url: `http://${closed}/`, headers: { authorization: word }, flushTimeoutMs: 500 },
    }),
    word,
  ],
  'metrics.pushGateway.url': [
    () => ({
      metrics: { backend: 'prometheus', port: false, pushGateway: { url: `http://me:${word}@${closed}`, retries: 0 } },
    }),
    word,
  ],
  'metrics.pushGateway.url that is no URL': [
    () => ({ metrics: { pushGateway: { url: `me:${word}@${closed}` } } }),
    word,
  ],
  'metrics.pushGateway.headers': [
    () => ({
      metrics: {
        backend: 'prometheus',
        port: false,
        pushGateway: { url: `http://${closed}`, retries: 0, headers: { authorization: word } },
      },
    }),
    word,
  ],
  'a name that is unknown': [() => ({ metrics: { apiKey: word } as never }), word],
  'a connection string for a backend': [
    () => ({ audit: { backend: `postgres://me:${word}@db/audit` as never } }),
    word,
  ],
  'a connection string without a scheme': [() => ({ audit: { backend: `me:${word}@db/audit` as never } }), word],
};

test.each(Object.entries(given))('%s is said nowhere', async (_name, [options, secret]) => {
  const said = await saidOf(options());
  expect(said).not.toContain(secret);
  // Nor in the base64 that basic authentication makes of it.
  expect(said).not.toContain(Buffer.from(`me:${secret}`).toString('base64'));
});

const otlp: TrefoilOptions = {
  tracing: { exporter: 'otlp' },
  metrics: { backend: 'otlp', flushTimeoutMs: 500 },
};

test.each([
  ['OTEL_EXPORTER_OTLP_HEADERS', `authorization=${word}`],
  ['OTEL_EXPORTER_OTLP_HEADERS', word],
  ['OTEL_EXPORTER_OTLP_TRACES_HEADERS', `"authorization: ${word}"`],
  ['OTEL_EXPORTER_OTLP_METRICS_HEADERS', `authorization=${word}\u0001`],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', `http://me:${word}@${closed}`],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', `me:${word}@${closed}`],
  ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', `http://${closed}/v1/traces?api_key=${word}`],
  ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', `${closed}?x-key=${word}`],
  ['OTEL_EXPORTER_ZIPKIN_ENDPOINT', `me:${word}@zipkin:9411`],
  ['OTEL_RESOURCE_ATTRIBUTES', `password:${word}`],
  ['PROMETHEUS_PORT', `password=${word}`],
])('the variable %s=%s is said nowhere', async (name, value) => {
  const endpoint: Record<string, string> = name.includes('ENDPOINT')
    ? {}
    : { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${closed}` };
  expect(await saidOf(otlp, { ...endpoint, [name]: value })).not.toContain(word);
});

describe('a key of the audit trail', () => {
  const base64 = Buffer.from(pem).toString('base64');
  test.each<[string, () => string]>([
    ['PEM', () => pem],
    ['PEM with `\\n` for its line feeds, as from an .env file', () => pem.replaceAll('\n', '\\n')],
    ['PEM with blanks for its line feeds', () => pem.trim().replaceAll('\n', ' ')],
    ['PEM with carriage returns', () => pem.replaceAll('\n', '\r\n')],
    ['PEM in quotes', () => `"${pem}"`],
    ['the base64 between its first and last line', () => body],
    ['the base64 with a line feed', () => `${body}\n`],
    ['PEM, all of it in base64', () => base64],
    ['the path of a file of PEM', () => fileWith(pem)],
    ['the path of a file of base64', () => fileWith(body)],
  ])('may be given as %s', async (_form, key) => {
    const trefoil = start(file(key()));
    await trefoil.ready;
    expect(trefoil.status().audit).toMatchObject({ state: 'running' });
  });

  test.each<[string, string, RegExp]>([
    ['a path without a file', 'keys/audit.pem', /there is no such file \(14 characters/],
    ['PEM without its end', pem.slice(0, 80), /no END line/],
    ['the public key', '-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----', /only the private one can sign/],
    ['one with a passphrase', encrypted(), /it is encrypted/],
    ['RSA', rsaBody, /it is a key for rsa/],
  ])('that is %s is refused, and how to make one is said', async (_form, key, why) => {
    const said = await saidOf(file(key));
    expect(said).toMatch(why);
    expect(said).toContain('npx trefoil audit keygen');
  });

  function fileWith(text: string): string {
    const path = join(folder, 'key');
    writeFileSync(path, text);
    return path;
  }
});

function encrypted(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: word } as const;
  return privateKey.export(options).toString();
}
