import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AuditEvent, FileAuditBackend } from '../../src/index';
import { unhandledRejections } from '../fixtures/unhandled-rejections';

let path: string;

beforeEach(() => {
  path = fs.mkdtempSync(join(tmpdir(), 'trefoil-audit-'));
});

afterEach(() => fs.rmSync(path, { recursive: true }));

const event = (itemId: string): AuditEvent =>
  new AuditEvent({ eventType: 'read', status: 'success', storeType: 'test', itemId });

async function itemsOf(backend: FileAuditBackend): Promise<(string | undefined)[]> {
  const items: (string | undefined)[] = [];
  for await (const { itemId } of backend.query()) items.push(itemId);
  return items;
}

describe('an event that no query could read back', () => {
  const init = { eventType: 'read', status: 'success', storeType: 'test' } as const;
  const odd: Readonly<Record<string, object>> = {
    'an empty id': { eventId: '' },
    'an id that is a number': { eventId: 7 },
    'an unknown type': { eventType: 'peek' },
    'no type': { eventType: undefined },
    'an unknown status': { status: 'ok' },
    'no store type': { storeType: undefined },
    'a time that is none': { timestamp: new Date(Number.NaN) },
    'a list as metadata': { metadata: ['a'] },
    'metadata that writes itself as a text': { metadata: new Date(0) },
    'changes that are a text': { changes: 'all' },
    'an item that is an object': { itemId: { id: 1 } },
    'a duration in text': { durationMs: '5 ms' },
    'an error chain of texts': { errorChain: ['Error'] },
  };

  test.each(Object.entries(odd))('is refused: %s', async (_what, fields) => {
    const backend = new FileAuditBackend({ path });
    const given = new AuditEvent({ ...init, ...fields });
    const code = 'TREFOIL_AUDIT_EVENT_INVALID';
    expect(() => backend.log(given)).toThrow(code);
    expect(() => backend.logSync(given, 'durable')).toThrow(code);
    await expect(backend.log(given, 'durable')).rejects.toMatchObject({ code });
    await backend.log(event('1'), 'durable');
    expect(await itemsOf(backend)).toEqual(['1']);
    expect(backend.unreadableLines).toBe(0);
    await backend.close();
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a text', 'read'],
    ['an object with the fields of one', { ...init, eventId: '1', timestamp: new Date() }],
    ['one that writes itself otherwise', Object.assign(event('1'), { toJSON: () => ({ event: 'read' }) })],
  ])('is refused: %s', async (_what, given) => {
    const backend = new FileAuditBackend({ path });
    expect(() => backend.log(given as AuditEvent)).toThrow('TREFOIL_AUDIT_EVENT_INVALID');
    await backend.close();
  });

  test('is one that is written otherwise only where it reads otherwise', async () => {
    const backend = new FileAuditBackend({ path });
    class Tagged extends AuditEvent {
      override toJSON(): Record<string, unknown> {
        return { ...super.toJSON(), tag: 'mine' };
      }
    }
    const odd = { metadata: { list: [1], at: new Date(0), big: 1n }, durationMs: Number.NaN } as never;
    await backend.log(new Tagged({ ...init, itemId: '1' }), 'durable');
    await backend.log(new AuditEvent({ ...init, itemId: '2', ...(odd as object) }), 'durable');
    expect(await itemsOf(backend)).toEqual(['1', '2']);
    await backend.close();
  });
});

describe('a query of the file backend', () => {
  test('passes over lines that hold no record, counts them and says which they are', async () => {
    const before = new FileAuditBackend({ path });
    for (const item of ['1', '2']) before.logSync(event(item));
    await before.close();
    const lines = fs.readFileSync(before.file, 'utf8').split('\n');
    const bad = ['{"event_type":"read"}', `${lines[1]?.slice(0, 200)}`, '\u0000\u0000', ''];
    fs.writeFileSync(before.file, [lines[0], lines[1], ...bad, lines[2], lines[3], 'half a li'].join('\n'));
    const told: [string, number][] = [];
    const onUnreadable = (file: string, at: number): void => void told.push([file, at]);
    const backend = new FileAuditBackend({ path, onUnreadable });
    await backend.log(event('3'), 'durable');
    expect(await itemsOf(backend)).toEqual(['1', '2', '3']);
    expect(told).toEqual([3, 4, 5, 6].map((at) => [before.file, at]));
    expect(backend.unreadableLines).toBe(4);
    await backend.close();
  });

  test('finds the trail, and so does the next file, where the process has changed its directory', async () => {
    const before = process.cwd();
    process.chdir(path);
    const anchors = [{ file: 'anchors.ndjson' }];
    const backend = new FileAuditBackend({ path: 'audit', maxFileSizeMb: 0.001, anchors });
    const other = fs.mkdtempSync(join(path, 'other-'));
    try {
      process.chdir(other);
      for (const item of ['1', '2', '3', '4']) await backend.log(event(item), 'durable');
      expect(await itemsOf(backend)).toEqual(['1', '2', '3', '4']);
      await backend.close();
      expect(fs.readdirSync(other)).toEqual([]);
      expect(fs.readFileSync(join(path, 'anchors.ndjson'), 'utf8').trim().split('\n').length).toBeGreaterThan(1);
    } finally {
      process.chdir(before);
    }
  });

  test('reads on where a writer is sealed meanwhile', async () => {
    const [reader, writer] = [new FileAuditBackend({ path }), new FileAuditBackend({ path })];
    reader.logSync(event('1'));
    writer.logSync(event('2'));
    const items: (string | undefined)[] = [];
    for await (const { itemId } of reader.query()) {
      items.push(itemId);
      await writer.close();
    }
    expect(items.sort()).toEqual(['1', '2']);
    await reader.close();
  });

  test('gives a strict call once with its outcome, and an intent alone as unknown', async () => {
    const backend = new FileAuditBackend({ path });
    const call = (eventId: string, status: 'unknown' | 'success'): AuditEvent =>
      new AuditEvent({ eventType: 'update', status, storeType: 'test', eventId });
    for (const id of ['a', 'b']) await backend.log(call(id, 'unknown'), 'strict');
    await backend.log(call('a', 'success'), 'strict');
    const statuses = async (): Promise<string[]> => {
      const found: string[] = [];
      for await (const { eventId, status } of backend.query()) found.push(`${eventId} ${status}`);
      return found;
    };
    expect(await statuses()).toEqual(['a success', 'b unknown']);
    await backend.close();
    expect(await statuses()).toEqual(['a success', 'b unknown']);
  });

  test('reads lines that are longer than what is read at once, in any script', async () => {
    const backend = new FileAuditBackend({ path });
    const items = ['鍵'.repeat(100_000), '🔑'.repeat(100_000), 'last'];
    for (const item of items) void backend.log(event(item));
    expect(await itemsOf(backend)).toEqual(items);
    await backend.close();
  });

  test('is not stopped by a directory with the name of a file, or by a file that is gone', async () => {
    const backend = new FileAuditBackend({ path });
    fs.mkdirSync(join(dirname(backend.file), 'a-00000002.ndjson'));
    fs.symlinkSync(join(path, 'gone'), join(dirname(backend.file), 'a-00000003.ndjson'));
    void backend.log(event('1'));
    expect(await itemsOf(backend)).toEqual(['1']);
    await backend.close();
  });
});

/** The descriptor under which this process has a file open. */
function descriptorOf(file: string): number {
  const found = fs.readdirSync('/proc/self/fd').find((descriptor) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${descriptor}`) === file;
    } catch {
      return false;
    }
  });
  return Number(found);
}

describe('closing the file backend', () => {
  test('keeps what was taken before it, at once refuses what comes after, and is done once', async () => {
    const backend = new FileAuditBackend({ path });
    const descriptor = descriptorOf(backend.file);
    const taken = ['1', '2', '3'].map(async (item) => backend.log(event(item), 'durable'));
    const flushed = [backend.flush(), backend.flush()];
    const closed = [backend.close(), backend.close()];
    expect(() => backend.log(event('late'))).toThrow(/TREFOIL_CLOSED/);
    expect(() => backend.logSync(event('late'), 'durable')).toThrow(/TREFOIL_CLOSED/);
    await Promise.all([...taken, ...flushed, ...closed, backend.flush()]);
    await backend.flush();
    expect(await itemsOf(backend)).toEqual(['1', '2', '3']);
    expect(() => fs.fstatSync(descriptor)).toThrow(/EBADF/);
  });

  test('waits for every sync, however the calls interleave', async () => {
    for (let round = 0; round < 50; round += 1) {
      const backend = new FileAuditBackend({ path });
      const taken: unknown[] = [backend.log(event('1'), 'durable')];
      const log = (): void => void taken.push(backend.log(event('2'), 'durable'), backend.flush());
      void (taken[0] as Promise<void>).then(log).then(() => taken.push(backend.flush(), backend.close()));
      await taken[0];
      log();
      await Promise.resolve();
      taken.push(backend.flush(), backend.close());
      await expect(Promise.all(taken)).resolves.toBeDefined();
    }
  });

  test('closes the files also where the directory is gone, and says so', async () => {
    const backend = new FileAuditBackend({ path });
    const descriptor = descriptorOf(backend.file);
    fs.rmSync(path, { recursive: true });
    fs.writeFileSync(path, 'a file in its place');
    void backend.log(event('1'));
    const unhandled = await unhandledRejections(async () => {
      await expect(Promise.all([backend.close(), backend.close()])).rejects.toThrow(
        /TREFOIL_AUDIT_NOT_WRITTEN.*ENOTDIR/,
      );
    });
    expect(unhandled).toEqual([]);
    expect(() => fs.fstatSync(descriptor)).toThrow(/EBADF/);
  });
});
