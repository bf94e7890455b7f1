import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditEvent, FileAuditBackend } from '../../src/index';
import { unhandledRejections } from '../fixtures/unhandled-rejections';

let path: string;

beforeEach(() => {
  path = fs.mkdtempSync(join(tmpdir(), 'trefoil-audit-'));
});

afterEach(() => fs.rmSync(path, { recursive: true }));

const event = (itemId: string): AuditEvent =>
  new AuditEvent({ eventType: 'read', status: 'success', storeType: 'test', itemId });

const line = (itemId: string): string => `${JSON.stringify(event(itemId))}\n`;

async function itemsOf(backend: FileAuditBackend): Promise<(string | undefined)[]> {
  const items: (string | undefined)[] = [];
  for await (const { itemId } of backend.query()) items.push(itemId);
  return items;
}

describe('a query of the file backend', () => {
  test('passes over lines that hold no event, counts them and says which they are', async () => {
    const foreign = join(path, 'a.ndjson');
    fs.writeFileSync(foreign, `${line('1')}{"event_type":"read"}\n\n${line('2')}\u0000\u0000\n[1\n${line('3')}`);
    const told: [string, number, string][] = [];
    const onUnreadable = (file: string, at: number, error: unknown): void =>
      void told.push([file, at, (error as Error).name]);
    const backend = new FileAuditBackend({ path, onUnreadable });
    await backend.log(event('4'), 'durable');
    expect(await itemsOf(backend)).toEqual(['1', '2', '3', '4']);
    expect(told).toEqual([
      [foreign, 2, 'TrefoilError'],
      [foreign, 5, 'SyntaxError'],
      [foreign, 6, 'SyntaxError'],
    ]);
    expect(backend.unreadableLines).toBe(3);
    await backend.close();
  });

  test('does without the half of a line that a crash has left at the end, and takes a whole one', async () => {
    fs.writeFileSync(join(path, 'a.ndjson'), line('1') + line('2').slice(0, 40));
    fs.writeFileSync(join(path, 'b.ndjson'), line('3') + line('4').trimEnd());
    const backend = new FileAuditBackend({ path });
    expect(await itemsOf(backend)).toEqual(['1', '3', '4']);
    expect(backend.unreadableLines).toBe(0);
    await backend.close();
  });

  test('reads lines that are longer than what is read at once, in any script', async () => {
    const backend = new FileAuditBackend({ path });
    const items = ['鍵'.repeat(100_000), '🔑'.repeat(100_000), 'last'];
    for (const item of items) void backend.log(event(item));
    expect(await itemsOf(backend)).toEqual(items);
    await backend.close();
  });

  test('is not stopped by a directory with the name of a file, or by a file that is gone', async () => {
    fs.mkdirSync(join(path, 'a.ndjson'));
    fs.symlinkSync(join(path, 'gone'), join(path, 'b.ndjson'));
    const backend = new FileAuditBackend({ path });
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

  test('closes the file also where the disk fails, and says that it did', async () => {
    const backend = new FileAuditBackend({ path });
    const descriptor = descriptorOf(backend.file);
    // What takes the place of the file cannot be synced.
    fs.closeSync(descriptor);
    expect(fs.openSync('/dev/null', 'w')).toBe(descriptor);
    const unhandled = await unhandledRejections(async () => {
      await expect(backend.log(event('1'), 'durable')).rejects.toThrow(/EINVAL/);
      void backend.log(event('2'));
      await expect(Promise.all([backend.close(), backend.close()])).rejects.toThrow(/EINVAL/);
    });
    expect(unhandled).toEqual([]);
    expect(() => fs.fstatSync(descriptor)).toThrow(/EBADF/);
  });
});
