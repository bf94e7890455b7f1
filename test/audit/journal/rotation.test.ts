import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FileAuditBackend, JsonAuditBackend } from '../../../src/index';
import { idsIn, makeEvent, makeRoot, readChains } from './read-chains';

let root: string;

beforeEach(() => {
  root = makeRoot();
});

afterEach(() => {
  jest.useRealTimers();
  fs.rmSync(root, { recursive: true });
});

const files = (): string[] => readChains(root).flatMap((chain) => chain.files);

/** Every segment that is missing in front of a chain, with what the retain records of the root say of it. */
function missing(): unknown[] {
  const chains = readChains(root);
  const dropped = chains.flatMap(({ records }) =>
    records.flatMap((record) => (record.kind === 'retain' ? record.dropped : [])),
  );
  return chains.flatMap(({ directory, records: [first] }) => {
    if (first?.kind !== 'open' || first.previous === undefined) return [];
    const { segment, head } = first.previous;
    const writer = basename(directory).split('.')[0];
    const known = dropped.some((one) => one.writer === writer && one.segment === segment && one.sealHash === head);
    return known ? [] : [{ writer, segment }];
  });
}

describe('rotation', () => {
  it('keeps files near their size, and the newest so many of them', async () => {
    const backend = new FileAuditBackend({ path: root, maxFileSizeMb: 0.01, maxFiles: 3 });
    for (let count = 0; count < 500; count += 1) backend.logSync(makeEvent(`e-${count}`));
    expect(files()).toHaveLength(3);
    expect(missing()).toEqual([]);
    for (const name of files()) expect(fs.statSync(join(dirname(backend.file), name)).size).toBeLessThan(11_000);
    await backend.close();
    const ids = idsIn(readChains(root));
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, index) => `e-${500 - ids.length + index}`));
    expect(ids.length).toBeGreaterThan(20);
  });

  it('begins a file a day, and none for a day that comes twice', async () => {
    jest.useFakeTimers({
      now: new Date('2026-03-01T23:59:59Z'),
      doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'],
    });
    const backend = new JsonAuditBackend({ directory: root });
    const days = ['2026-03-01T23:59:59Z', '2026-03-02T00:00:01Z', '2026-03-01T12:00:00Z', '2026-03-04T01:00:00Z'];
    for (const [index, day] of days.entries()) {
      jest.setSystemTime(new Date(day));
      backend.logSync(makeEvent(`e-${index}`), 'durable');
    }
    await backend.close();
    const [chain] = readChains(root);
    expect(chain?.files).toEqual([
      'audit-2026-03-01-00000001.ndjson',
      'audit-2026-03-02-00000002.ndjson',
      'audit-2026-03-04-00000003.ndjson',
    ]);
    expect(idsIn(readChains(root))).toEqual(['e-0', 'e-1', 'e-2', 'e-3']);
  });
});

describe('retention', () => {
  it('holds over two hundred restarts', async () => {
    for (let restart = 0; restart < 200; restart += 1) {
      const backend = new FileAuditBackend({ path: root, maxFiles: 5 });
      backend.logSync(makeEvent(`e-${restart}`));
      await backend.close();
      expect(files().length).toBeLessThanOrEqual(5);
    }
    expect(idsIn(readChains(root)).sort()).toEqual(['e-195', 'e-196', 'e-197', 'e-198', 'e-199']);
    expect(fs.readdirSync(root)).toHaveLength(5);
    expect(missing()).toEqual([]);
  });

  it('passes on what is known of missing files when the file that says it goes too', async () => {
    const first = new FileAuditBackend({ path: root, maxFileSizeMb: 0.002, maxFiles: 100 });
    for (let count = 0; count < 40; count += 1) first.logSync(makeEvent(`e-${count}`));
    for (let restart = 0; restart < 4; restart += 1) {
      const backend = new FileAuditBackend({ path: root, maxFiles: 3 });
      await backend.close();
      expect(missing()).toEqual([]);
    }
    expect(fs.existsSync(first.file)).toBe(true);
    await first.close();
  });

  it('drops files by age, but none that is still written', async () => {
    const old = new FileAuditBackend({ path: root });
    const living = new FileAuditBackend({ path: root });
    await old.close();
    const longAgo = new Date(Date.now() - 10 * 86_400_000);
    for (const { file } of [old, living]) fs.utimesSync(file, longAgo, longAgo);
    await new FileAuditBackend({ path: root, maxAgeDays: 9 }).close();
    expect([fs.existsSync(dirname(old.file)), fs.existsSync(living.file)]).toEqual([false, true]);
    await living.close();
  });

  it('leaves what has no seal, and what is none of its own, and says so', async () => {
    const damaged = new FileAuditBackend({ path: root });
    await damaged.close();
    fs.appendFileSync(damaged.file, 'something else\n');
    fs.writeFileSync(join(root, 'notes.txt'), 'mine');
    fs.mkdirSync(join(root, 'w-old'));
    const reports: string[] = [];
    const onReport = (where: string): void => void reports.push(basename(where));
    await new FileAuditBackend({ path: root, maxFiles: 1, onReport }).close();
    expect(reports.sort()).toEqual(['audit-00000001.ndjson', 'notes.txt', 'w-old']);
    expect(fs.readFileSync(join(root, 'notes.txt'), 'utf8')).toBe('mine');
    expect(fs.existsSync(damaged.file)).toBe(true);
  });
});
