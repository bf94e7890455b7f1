import { generateKeyPairSync, verify } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AuditEvent, InMemoryAuditBackend, type AuditCheckpoint, type AuditEventInit } from '../../../src/index';
import { Journal } from '../../../src/audit/journal/journal';
import type { JournalOptions } from '../../../src/audit/journal/journal-options';
import { signedText } from '../../../src/audit/journal/journal-record';
import { idsIn, kindsOf, makeEvent, makeRoot, readChains } from './read-chains';

let root: string;
const opened: Journal[] = [];

beforeEach(() => {
  root = makeRoot();
});

afterEach(async () => {
  for (const journal of opened.splice(0)) await journal.close().catch(() => undefined);
  rmSync(root, { recursive: true });
});

function open(options: Partial<JournalOptions> = {}): Journal {
  const preset = { root, filePrefix: 'audit', rotateDaily: false, maxSegmentBytes: 1_000_000, maxFiles: 10 };
  const journal = new Journal({ ...preset, ...options });
  opened.push(journal);
  return journal;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a journal', () => {
  it('is one chain of a writer, over all of its segments, from open to seal', async () => {
    const journal = open({ maxSegmentBytes: 2_000, service: 'orders', environment: 'test' });
    for (let count = 1; count <= 20; count += 1) void journal.append(makeEvent(`e-${count}`));
    await journal.close();
    const [chain] = readChains(root);
    expect(idsIn(readChains(root))).toEqual(Array.from({ length: 20 }, (_, index) => `e-${index + 1}`));
    expect(chain?.files.length).toBeGreaterThan(2);
    expect(chain?.directory).toMatch(/\/w-[0-9a-f]{16}$/);
    const opens = chain?.records.filter((record) => record.kind === 'open') ?? [];
    expect(opens.map(({ segment }) => segment)).toEqual(chain?.files.map((_, index) => index + 1));
    expect(opens[0]).toMatchObject({ seq: 1, format: 1, service: 'orders', environment: 'test', pid: process.pid });
    expect(opens[0]).not.toHaveProperty('previous');
    const seals = chain?.records.filter((record) => record.kind === 'seal') ?? [];
    expect(seals.map(({ closed }) => closed)).toEqual([...opens.slice(1).map(() => false), true]);
  });

  it('keeps the order of acceptance, whatever the deliveries and however they mix', async () => {
    const journal = open();
    const taken: unknown[] = [];
    const expected: string[] = [];
    for (let count = 0; count < 600; count += 1) {
      const event = makeEvent(`e-${count}`);
      expected.push(event.eventId);
      if (count % 6 === 0) taken.push(journal.append(event, 'durable'));
      else if (count % 6 === 1) void journal.append(event, 'bestEffort');
      else if (count % 6 === 2) void journal.append(event);
      else if (count % 6 === 3 && count % 60 === 3) journal.appendSync(event, 'durable');
      else if (count % 6 === 4) taken.push(journal.append(event, 'strict'));
      else journal.appendSync(event);
      if (count % 50 === 0) await turn();
    }
    await Promise.all(taken);
    await journal.close();
    expect(idsIn(readChains(root))).toEqual(expected);
  });

  it('shares one sync among all who wait, and takes those who come meanwhile together in the next', async () => {
    const journal = open();
    const first = Array.from({ length: 100 }, (_, index) => journal.append(makeEvent(`a-${index}`), 'durable'));
    await turn();
    expect(journal.status).toMatchObject({ queueDepth: 100, accepted: 100, written: 100, syncs: 0 });
    const second = Array.from({ length: 100 }, (_, index) => journal.append(makeEvent(`b-${index}`), 'durable'));
    await Promise.all([...first, ...second]);
    expect(journal.status).toMatchObject({ queueDepth: 0, accepted: 200, written: 200, syncs: 2, unsyncedBytes: 0 });
  });

  it('has buffered events in the file at once, and best-effort ones a little later', async () => {
    const journal = open();
    void journal.append(makeEvent('best'), 'bestEffort');
    expect(idsIn(readChains(root))).toEqual([]);
    void journal.append(makeEvent('buffered'));
    expect(idsIn(readChains(root))).toEqual(['best', 'buffered']);
    void journal.append(makeEvent('last'), 'bestEffort');
    await journal.flush();
    expect(idsIn(readChains(root))).toEqual(['best', 'buffered', 'last']);
    expect(journal.status).toMatchObject({ accepted: 3, written: 3, unsyncedBytes: 0 });
  });

  it('tells intents and outcomes from events, and gives an open intent its unknown outcome at the end', async () => {
    const journal = open();
    await journal.append(makeEvent('a', 'unknown'), 'strict');
    await journal.append(makeEvent('a'), 'strict');
    journal.appendSync(makeEvent('stream', 'unknown'), 'strict');
    void journal.append(makeEvent('stream'), 'buffered');
    void journal.append(makeEvent('other'));
    await journal.append(makeEvent('b', 'unknown'), 'strict');
    await journal.close();
    const [chain] = readChains(root);
    expect(kindsOf(chain)).toEqual([
      'open',
      'intent',
      'outcome',
      'intent',
      'outcome',
      'event',
      'intent',
      'outcome',
      'seal',
    ]);
    expect(chain?.records.at(-2)).toMatchObject({ event: { event_id: 'b', status: 'unknown' } });
  });

  it('takes nothing more once it is closed, and is closed once', async () => {
    const journal = open();
    const waiting = journal.append(makeEvent('before'), 'durable');
    const closed = [journal.close(), journal.close()];
    expect(() => journal.append(makeEvent('late'))).toThrow(/TREFOIL_CLOSED/);
    expect(() => journal.appendSync(makeEvent('late'), 'durable')).toThrow(/TREFOIL_CLOSED/);
    await expect(journal.append(makeEvent('late'), 'durable')).rejects.toThrow(/TREFOIL_CLOSED/);
    await Promise.all([waiting, ...closed, journal.flush()]);
    expect(kindsOf(readChains(root)[0])).toEqual(['open', 'event', 'seal']);
    expect(journal.status).toMatchObject({ accepted: 1, rejected: 2, dropped: { closed: 1 } });
  });
});

describe('an event that is too long or cannot be written', () => {
  const written = async (init: Partial<AuditEventInit>): Promise<Record<string, unknown>> => {
    const journal = open({ maxEventLength: 10_000 });
    void journal.append(
      new AuditEvent({ eventType: 'read', status: 'success', storeType: 's3', eventId: 'long', ...init }),
    );
    await journal.close();
    const [, record] = readChains(root)[0]?.records ?? [];
    return record !== undefined && 'event' in record ? record.event : {};
  };

  it.each([
    ['a long text', { errorMessage: 'x'.repeat(1_000_000) }],
    ['long metadata', { metadata: { rows: Array.from({ length: 50_000 }, (_, row) => row) } }],
    ['text that grows when it is written', { itemId: '\u0000'.repeat(9_000), userAgent: '\u202e'.repeat(9_000) }],
    [
      'long everything',
      { itemId: 'i'.repeat(50_000), userId: 'u'.repeat(50_000), attributes: { a: 'a'.repeat(50_000) } },
    ],
    ['a long chain', { errorChain: Array.from({ length: 20 }, () => ({ type: 't', message: 'm'.repeat(1_000) })) }],
  ])('keeps what it is about and says that it was cut: %s', async (_what, init) => {
    const event = await written({ ...init, sessionId: 'session-1' });
    expect(event).toMatchObject({ event_id: 'long', event_type: 'read', session_id: 'session-1', truncated: true });
    expect(JSON.stringify(event).length).toBeLessThanOrEqual(10_000);
    expect(() => AuditEvent.fromJSON(event)).not.toThrow();
  });

  it('costs the field alone that cannot be written', async () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    cycle['kept'] = 1;
    const event = await written({ metadata: cycle, attributes: { count: 1n }, itemId: 'kept' });
    const unserializable = '[UNSERIALIZABLE]';
    const [metadata, attributes] = [{ self: unserializable, kept: 1 }, { count: unserializable }];
    expect(event).toMatchObject({ item_id: 'kept', metadata, attributes });
    expect(AuditEvent.fromJSON(event).metadata).toEqual(metadata);
  });

  it('is written as it would be by itself in every other case', async () => {
    const init: Required<AuditEventInit> = {
      ...{ eventId: 'all', timestamp: new Date(1), eventType: 'read', status: 'failure', storeType: 'a', storeId: 'b' },
      ...{ storeName: 'c', operation: 'd', itemId: 'e', userId: 'f', sessionId: 'g', tenantId: 'h', durationMs: 1.5 },
      ...{ metadata: { at: new Date(2) }, attributes: { nested: [null, true] }, errorType: 'i', errorMessage: 'j' },
      ...{ errorChain: [{ type: 'i', message: 'j', code: 'k' }] },
      ...{ ipAddress: 'k', userAgent: 'l', traceId: 'm', spanId: 'n', correlationId: 'o', requestId: 'p' },
      ...{ service: 'q', environment: 'r', changes: { before: 1, after: { b: 2 } }, truncated: true },
    };
    expect(JSON.stringify(await written(init))).toBe(JSON.stringify(new AuditEvent(init)));
  });
});

describe('anchors', () => {
  it('that never answer keep neither others nor the end of the journal waiting', async () => {
    const told: string[] = [];
    const anchored: AuditCheckpoint[] = [];
    const journal = open({
      maxWaitMs: 20,
      maxSegmentBytes: 1_000,
      anchors: [() => new Promise<void>(() => undefined), (checkpoint) => void anchored.push(checkpoint)],
      onReport: (_where, error) => void told.push(String(error)),
    });
    for (let count = 0; count < 3; count += 1) journal.appendSync(makeEvent(`e-${count}`), 'durable');
    await journal.close();
    expect(anchored.length).toBeGreaterThan(0);
    expect(told[0]).toMatch(/TREFOIL_AUDIT_LATE.*an anchor/);
  });
});

describe('checkpoints', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

  it('are signed, come every thousand records, and reach their anchors once they are on disk', async () => {
    const told: AuditCheckpoint[] = [];
    const memory = new InMemoryAuditBackend();
    const file = join(root, 'anchors.ndjson');
    const journal = open({ key, anchors: [(checkpoint) => void told.push(checkpoint), { backend: memory }, { file }] });
    for (let count = 1; count <= 2_500; count += 1) void journal.append(makeEvent(`e-${count}`));
    // What is not on disk yet is not handed on: the first is, together with the beginning of the file.
    expect(told).toMatchObject([{ seq: 2 }]);
    await journal.close();
    const records = readChains(root)[0]?.records ?? [];
    const marks = records.filter((record) => record.kind === 'checkpoint' || record.kind === 'seal');
    expect(marks.map(({ kind }) => kind)).toEqual(['checkpoint', 'checkpoint', 'checkpoint', 'seal']);
    expect(told.map(({ seq }) => seq)).toEqual(marks.map(({ seq }) => seq));
    for (const [index, { writer, seq, head, signature = '', keyId }] of told.entries()) {
      const text = signedText(index === 3 ? 'seal' : 'checkpoint', writer, seq, head);
      expect(verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64'))).toBe(true);
      expect(keyId).toMatch(/^[0-9a-f]{16}$/);
    }
    const anchored = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(anchored.map((line) => JSON.parse(line) as unknown)).toEqual(told);
    expect(memory.getAll().map(({ metadata }) => metadata)).toEqual(told);
  });

  it('cost no event where an anchor fails, and a file that cannot be one is reported at the start', async () => {
    const reports: unknown[] = [];
    const anchors = [() => Promise.reject(new Error('no network')), { file: join(root, 'none', 'anchors') }];
    const journal = open({ anchors, onReport: (_where, error) => void reports.push(error) });
    expect(reports.splice(0).map(String)).toEqual([expect.stringMatching(/ENOENT/)]);
    void journal.append(makeEvent('1'));
    await journal.close();
    expect(idsIn(readChains(root))).toEqual(['1']);
    const each = ['Error: no network', expect.stringMatching(/ENOENT/)];
    expect(reports.map(String)).toEqual([...each, ...each]);
  });

  it.each([
    ['what is no key', 'nothing/there.pem', /TREFOIL_AUDIT_KEY.*there is no such file/],
    ['a file that holds none', __filename, /neither PEM nor a key/],
    ['the public key', publicKey.export({ type: 'spki', format: 'pem' }), /it is a public key/],
    [
      'a key of another kind',
      generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
      /x25519/,
    ],
  ])('are refused with %s', (_what, wrong, message) => {
    expect(() => open({ key: wrong.toString() })).toThrow(message);
  });
});
