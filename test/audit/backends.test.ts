import 'reflect-metadata';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import {
  AsyncAuditBackend,
  AuditEvent,
  AuditLogger,
  CompositeAuditBackend,
  FileAuditBackend,
  InMemoryAuditBackend,
  JsonAuditBackend,
  type AuditBackend,
} from '../../src/index';
import { auditBackendContract } from '../../src/testing/index';
import { schemaProblems } from '../fixtures/audit-event-schema';

const directories: string[] = [];

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'trefoil-audit-'));
  directories.push(made);
  return made;
}

afterAll(() => {
  for (const made of directories) rmSync(made, { recursive: true });
});

const event = (itemId: string): AuditEvent =>
  new AuditEvent({ eventType: 'read', status: 'success', storeType: 'test', itemId });

describe('the in-memory backend', () => {
  auditBackendContract({ create: () => new InMemoryAuditBackend(), test });

  test('keeps the newest events, oldest first', () => {
    const backend = new InMemoryAuditBackend({ maxEvents: 3 });
    for (const id of ['1', '2', '3', '4', '5']) backend.log(event(id));
    expect(backend.getAll().map(({ itemId }) => itemId)).toEqual(['3', '4', '5']);
    backend.clear();
    expect(backend.getAll()).toEqual([]);
    backend.log(event('6'));
    expect(backend.getAll().map(({ itemId }) => itemId)).toEqual(['6']);
  });
});

describe('the file backend', () => {
  auditBackendContract({ create: () => new FileAuditBackend({ path: directory() }), test });

  test('writes one JSON object a line to private files of its own', async () => {
    const path = join(directory(), 'made', 'on', 'demand');
    const [one, other] = [new FileAuditBackend({ path }), new FileAuditBackend({ path })];
    void one.log(event('1'));
    // Handed to the kernel at once: another reader sees it before anything is flushed.
    expect(readFileSync(one.file, 'utf8')).toMatch(/"item_id":"1".*\}\n$/);
    void other.log(event('2'));
    await Promise.all([one.close(), other.close()]);
    expect(readdirSync(path).sort()).toEqual(
      [dirname(one.file), dirname(other.file)].map((made) => basename(made)).sort(),
    );
    for (const part of [path, dirname(one.file)]) expect(statSync(part).mode & 0o777).toBe(0o700);
    expect(statSync(one.file).mode & 0o777).toBe(0o600);
    const lines = readFileSync(one.file, 'utf8').trimEnd().split('\n');
    const kinds = lines.map((line) => (JSON.parse(line) as { b: { kind: string } }).b.kind);
    expect(kinds).toEqual(['open', 'event', 'seal']);
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ b: { event: { item_id: '1', event_type: 'read' } } });
  });

  test('lets nothing in an event forge a line or hide in one', async () => {
    const backend = new FileAuditBackend({ path: directory() });
    void backend.log(event('a\n{"event_id":"forged"}\r\u2028\u202e\u001b[31m\u0085'));
    await backend.close();
    const text = readFileSync(backend.file, 'utf8');
    expect(text.split('\n')).toHaveLength(4);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
  });

  test('refuses events once it is closed', async () => {
    const backend = new FileAuditBackend({ path: directory() });
    await backend.close();
    expect(() => backend.log(event('late'))).toThrow(/TREFOIL_CLOSED.*audit-.*ndjson/);
  });

  test('does not try for ever where no directory can be made at all', () => {
    expect(() => new FileAuditBackend({ path: '/proc/self/audit/trail' })).toThrow(/TREFOIL_AUDIT_PATH.*ENOENT/);
  });

  test('names the path and what to do where it cannot write', () => {
    const file = join(directory(), 'a-file');
    writeFileSync(file, '');
    expect(() => new FileAuditBackend({ path: join(file, 'below') })).toThrow(
      /TREFOIL_AUDIT_PATH: Opening the audit journal at .*below.*ENOTDIR.*audit\.path/,
    );
  });
});

describe('the JSON backend', () => {
  auditBackendContract({ create: () => new JsonAuditBackend({ directory: directory() }), test });

  test('tells how it is doing, in what the metrics and the status of a runtime show', async () => {
    const backend = new JsonAuditBackend({ directory: directory() });
    for (let index = 0; index < 5; index += 1) void backend.log(event(`o-${index}`));
    await backend.log(event('o-5'), 'durable');
    const health = backend.health();
    expect(health).toMatchObject({
      accepted: 6,
      written: 6,
      dropped: {},
      rejected: 0,
      outcomeUnknown: 0,
      queueDepth: 0,
    });
    expect(health.latched).toBeUndefined();
    expect(health.fsync?.count).toBeGreaterThan(0);
    expect(health.fsync?.sum).toBeGreaterThan(0);
    const buckets = Object.entries(health.fsync?.buckets ?? {}).sort(([a], [b]) => Number(a) - Number(b));
    const cumulative = buckets.map(([, count]) => count);
    expect(cumulative.at(-1)).toBe(health.fsync?.count);
    expect(cumulative).toEqual([...cumulative].sort((a, b) => a - b));
    await backend.close();
  });

  test('writes a file a day, under the name that it is given', async () => {
    const backend = new JsonAuditBackend({ directory: directory(), filePrefix: 'trail' });
    await backend.close();
    expect(basename(backend.file)).toMatch(/^trail-\d{4}-\d{2}-\d{2}-00000001\.ndjson$/);
  });
});

test.each<[string, (path: string) => unknown, RegExp]>([
  ['path', () => new FileAuditBackend({ path: '' }), /FileAuditBackend at path: expected a text that is not empty/],
  ['lack of a path', () => new FileAuditBackend({} as { path: string }), /at path: expected a value, got none/],
  [
    'maxFiles',
    (path) => new FileAuditBackend({ path, maxFiles: 0 }),
    /at maxFiles: expected a whole number from 1 on, or Infinity, got 0/,
  ],
  ['filePrefix', (directory) => new JsonAuditBackend({ directory, filePrefix: '../x' }), /at filePrefix: .*letters/],
])('a journal refuses a wrong %s before it touches a file', (_option, make, message) => {
  const path = directory();
  expect(() => make(path)).toThrow(message);
  expect(readdirSync(path)).toEqual([]);
});

describe.each<[string, () => AuditBackend]>([
  ['in memory', () => new InMemoryAuditBackend()],
  ['file', () => new FileAuditBackend({ path: directory() })],
  ['json', () => new JsonAuditBackend({ directory: directory() })],
  ['composite', () => new CompositeAuditBackend({ backends: [new FileAuditBackend({ path: directory() })] })],
  ['async', () => new AsyncAuditBackend({ backend: new FileAuditBackend({ path: directory() }) })],
])('what the %s backend gives back', (_name, create) => {
  test('is what the published schema says, whatever was logged', async () => {
    const backend = create();
    const audit = new AuditLogger({ backend, storeType: 'test', delivery: 'bestEffort' });
    void audit.logCreate('o-1', { changes: { after: { at: new Date(0), big: 1n } }, durationMs: 1.25 });
    void audit.logQuery(new Map([['a', { cyclic: [undefined] }]]), { attributes: { buffer: Buffer.from('x') } });
    void audit.logError(new TypeError('no \u2028 such order'), { itemId: '', userAgent: 'agent/1.0' });
    await backend.flush();
    const given: unknown[] = [];
    for await (const one of backend.query?.() ?? []) given.push(one.toJSON());
    await backend.close();
    expect(given).toHaveLength(3);
    expect(given.flatMap(schemaProblems)).toEqual([]);
  });
});
