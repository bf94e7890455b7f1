import 'reflect-metadata';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { container } from 'tsyringe';
import {
  Audited,
  currentCall,
  initializeObservability,
  Observed,
  type InMemoryTracer,
  type Trefoil,
} from '../../src/index';
import { SecretNames } from '../../src/redaction/secret-names';
import { secretPlaces } from './secret-places';

/** Everything that recognises secrets; copying goes on, so that maps, errors and the rest are written out all the same. */
let isOff = false;

jest.mock('../../src/redaction/secret-text', () => {
  const actual = jest.requireActual<typeof import('../../src/redaction/secret-text')>(
    '../../src/redaction/secret-text',
  );
  const redactSecrets: typeof actual.redactSecrets = (text, rules) =>
    isOff ? text : actual.redactSecrets(text, rules);
  return { ...actual, redactSecrets };
});

const objectsPerPlace = 5;

class Orders {
  @Observed({
    event: 'update',
    attributes: (value: unknown) => ({ value }),
    metadata: (value: unknown) => ({ value }),
    onResult: (value: unknown) => ({ attributes: { result: value }, metadata: { result: value } }),
  })
  async update(value: unknown): Promise<unknown> {
    currentCall().setAttribute('own', value);
    currentCall().addEvent('own', { value });
    return value;
  }

  @Audited({ changes: { before: (value: unknown) => value, after: (value: unknown) => value } })
  patch(value: unknown): unknown {
    return value;
  }

  @Observed({ event: 'read' })
  async fail(text: string): Promise<void> {
    throw new Error(text);
  }

  @Audited({
    item: (text: string) => {
      throw new Error(text);
    },
  })
  get(_text: string): void {}
}

/** Runs every kind of recording over values, and gives all that was written, anywhere. */
async function everythingWritten(values: readonly unknown[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'trefoil-canaries-'));
  container.reset();
  const trefoil: Trefoil = initializeObservability({
    audit: { backend: 'file', path: join(folder, 'audit') },
    metrics: { backend: 'memory' },
    tracing: { exporter: 'memory' },
    logging: { level: 'debug', path: join(folder, 'log') },
    signals: false,
  });
  const orders = new Orders();
  const audit = trefoil.auditLogger({ storeType: 'test' });
  for (const value of values) {
    await orders.update(value);
    orders.patch(value);
    const text = typeof value === 'string' ? value : value instanceof Error ? value.message : 'no text';
    await orders.fail(text).catch(() => undefined);
    orders.get(text);
    void audit.logQuery(value, { attributes: { value }, changes: { after: value } });
    void audit.logError(value);
    trefoil.logger.info(text, { value });
  }
  const spans = (trefoil.tracer as InMemoryTracer)
    .getSpans()
    .map(({ name, attributes, events, status }) => JSON.stringify({ name, attributes, events, status }));
  const metrics = JSON.stringify(trefoil.metrics.getMetrics());
  const status = JSON.stringify(trefoil.status());
  await trefoil.shutdown();
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  rmSync(folder, { recursive: true });
  return [...texts, ...spans, metrics, status].join('\n');
}

/** How a text may be found again: as it is, escaped, and encoded at each of the places it may have among its bytes. */
function formsOf(text: string): string[] {
  const escaped = Array.from(text, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  const percent = Array.from(text, (each) => `%${each.charCodeAt(0).toString(16)}`).join('');
  const base64 = [0, 1, 2].map((shift) => {
    const encoded = Buffer.from(`${'.'.repeat(shift)}${text}`).toString('base64');
    // What the neighbours of the text have a part in is no sign of it.
    return encoded.slice(shift === 0 ? 0 : 4, -4);
  });
  return [text, escaped, percent, Buffer.from(text).toString('hex'), ...base64];
}

const isFound = (secret: string, written: string): boolean => {
  const lower = written.toLowerCase();
  return formsOf(secret).some((form, index) =>
    index < 4 ? lower.includes(form.toLowerCase()) : written.includes(form),
  );
};

/** A random object with something put at a random place of it. */
function hiddenIn(hidden: unknown, seed: number): unknown {
  if (typeof hidden === 'string' && seed % 2 === 0) return hidden;
  const [random] = fc.sample(fc.jsonValue({ maxDepth: 3 }), { numRuns: 1, seed });
  const around = (value: unknown, steps: number): unknown => {
    if (Array.isArray(value) && steps > 0) return [...(value as unknown[]), around(value[0], steps - 1)];
    if (typeof value === 'object' && value !== null && steps > 0) {
      return { ...value, inner: around(Object.values(value)[0], steps - 1) };
    }
    return { ['field']: hidden, before: value };
  };
  return around(random, seed % 4);
}

const seeds = Array.from({ length: objectsPerPlace }, (_, index) => index + 1);
const canaries = secretPlaces.flatMap(([place, hide], at) =>
  seeds.map((seed) => {
    const secret = `cAnAry${(at * 1_000 + seed).toString(36).padStart(5, '0')}x9F3z`;
    return { place: `${place} (${seed})`, secret, value: hiddenIn(hide(secret), at * 100 + seed) };
  }),
);
const values = canaries.map(({ value }) => value);

afterEach(() => {
  isOff = false;
  jest.restoreAllMocks();
});

test('secrets are hidden in at least 40 places', () => {
  expect(secretPlaces.length).toBeGreaterThanOrEqual(40);
  expect(new Set(canaries.map(({ secret }) => secret)).size).toBe(canaries.length);
});

test('with the redactor off, every secret is found in what is written', async () => {
  isOff = true;
  jest.spyOn(SecretNames.prototype, 'traits').mockReturnValue(0);
  const written = await everythingWritten(values);
  expect(canaries.filter(({ secret }) => !isFound(secret, written)).map(({ place }) => place)).toEqual([]);
});

test('no secret is found in anything that is written', async () => {
  const written = await everythingWritten(values);
  expect(written.length).toBeGreaterThan(values.length * 100);
  expect(canaries.filter(({ secret }) => isFound(secret, written)).map(({ place }) => place)).toEqual([]);
});
