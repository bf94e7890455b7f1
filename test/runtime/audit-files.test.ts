import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { container } from 'tsyringe';
import {
  type AuditCheckpoint,
  AuditEvent,
  type AuditSection,
  FileAuditBackend,
  initializeObservability,
  JsonAuditBackend,
  type Trefoil,
} from '../../src/index';

let path: string;
let trefoil: Trefoil | undefined;

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'trefoil-files-'));
});

afterEach(async () => {
  await trefoil?.shutdown();
  trefoil = undefined;
  rmSync(path, { recursive: true });
});

function start(audit: AuditSection): Trefoil {
  container.reset();
  const service = { name: 'orders', environment: 'test' };
  const quiet = { metrics: { backend: 'none' }, logging: { level: 'silent' }, signals: false } as const;
  trefoil = initializeObservability({ service, audit: { path, ...audit }, ...quiet });
  return trefoil;
}

const event = (): AuditEvent => new AuditEvent({ eventType: 'read', status: 'success', storeType: 'test' });

test('the json backend is set up by the options, and stays as long as they do', async () => {
  const { audit } = start({
    backend: 'json',
    filePrefix: 'orders',
    rotateDaily: false,
    maxFiles: 3,
    delivery: 'strict',
  });
  if (!(audit instanceof JsonAuditBackend)) throw new Error(`expected the json backend, got ${audit.name}`);
  expect(basename(audit.file)).toBe('orders-00000001.ndjson');
  await audit.log(event(), 'strict');
  expect(audit.status).toMatchObject({ accepted: 1, written: 1, unsyncedBytes: 0 });
});

test('the file backend keeps its files to a size, and hands its checkpoints to anchors', async () => {
  const told: AuditCheckpoint[] = [];
  const anchors = [(checkpoint: AuditCheckpoint) => void told.push(checkpoint)];
  const started = start({ backend: 'file', maxFileSizeMb: 0.001, anchors });
  if (!(started.audit instanceof FileAuditBackend)) throw new Error(`expected the file backend`);
  const first = started.audit.file;
  for (let count = 0; count < 5; count += 1) started.audit.logSync(event());
  expect(dirname(started.audit.file)).toBe(dirname(first));
  expect(started.audit.file).not.toBe(first);
  await started.shutdown();
  const writer = basename(first.replace(/\.live.*$/, ''));
  expect(told.length).toBeGreaterThan(1);
  expect(new Set(told.map((checkpoint) => checkpoint.writer))).toEqual(new Set([writer]));
});

test('what the journal meets is reported by its code', () => {
  writeFileSync(join(path, 'notes.txt'), 'mine');
  // It is met before there is a logger.
  jest.spyOn(console, 'error').mockImplementationOnce(() => undefined);
  expect(start({ backend: 'file' }).status().reports).toEqual({ TREFOIL_AUDIT_JOURNAL: 1 });
});

test.each([
  [{ backend: 'file', maxFileSizeMb: 0 }, /audit\.maxFileSizeMb: expected a number above 0, got 0/],
  [{ backend: 'file', maxFiles: 0 }, /audit\.maxFiles: expected a whole number from 1 on, or Infinity, got 0/],
  [{ backend: 'json', filePrefix: '../up' }, /audit\.filePrefix: expected letters, digits, dots/],
  [
    { backend: 'file', anchors: [{}] },
    /audit\.anchors\.0: expected a function, \{ file \} or \{ backend \}, got an object/,
  ],
  [{ backend: 'file', maxWaitMs: -1 }, /audit\.maxWaitMs: expected a whole number from 1/],
])('%j is refused', (audit, message) => {
  expect(() => start(audit as unknown as AuditSection)).toThrow(message);
});
