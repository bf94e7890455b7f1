import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FileAuditBackend, JsonAuditBackend, verifyTrail, type FileAuditBackendOptions } from '../../../src/index';
import { generateSigningKeyPair } from '../../../src/audit/journal/verifying-key';
import { idsIn, makeEvent, makeRoot, readChains } from './read-chains';

let root: string;

beforeEach(() => {
  root = makeRoot();
});

afterEach(() => {
  jest.useRealTimers();
  fs.rmSync(root, { recursive: true });
});

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
  const files = (): string[] => readChains(root).flatMap((chain) => chain.files);

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
  const day = 86_400_000;
  const files = (): string[] => readChains(root).flatMap((chain) => chain.files);

  /** Files of one event each, so many days ago. */
  async function writeDaysAgo(...days: readonly number[]): Promise<void> {
    const now = Date.now();
    for (const ago of days) {
      jest.useFakeTimers({
        now: now - ago * day,
        doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'],
      });
      const backend = new FileAuditBackend({ path: root, ...options });
      backend.logSync(makeEvent(`${ago} days ago`));
      await backend.close();
      jest.useRealTimers();
    }
  }

  let options: Partial<FileAuditBackendOptions>;
  let reports: string[];
  const onReport = (where: string, error: unknown): void =>
    void reports.push(`${basename(where)}: ${(error as Error).message}`);

  beforeEach(() => {
    options = {};
    reports = [];
  });

  it('loses nothing by starts: sixty of one call each are far below the limit', async () => {
    for (let start = 0; start < 60; start += 1) {
      const backend = new FileAuditBackend({ path: root, maxFileSizeMb: 1, maxFiles: 5 });
      backend.logSync(makeEvent(`e-${start}`));
      await backend.close();
    }
    expect(idsIn(readChains(root))).toHaveLength(60);
    expect(missing()).toEqual([]);
  });

  it('keeps as many bytes as so many full files hold, over all starts', async () => {
    for (let start = 0; start < 60; start += 1) {
      const backend = new FileAuditBackend({ path: root, maxFileSizeMb: 0.004, maxFiles: 5 });
      backend.logSync(makeEvent(`e-${start}`));
      await backend.close();
    }
    const ids = idsIn(readChains(root));
    expect(ids.length).toBeGreaterThan(10);
    expect(ids.length).toBeLessThan(30);
    expect(ids.sort()).toEqual(Array.from({ length: ids.length }, (_, index) => `e-${60 - ids.length + index}`));
    expect(missing()).toEqual([]);
  });

  it('passes on what is known of missing files when the file that says it goes too', async () => {
    const first = new FileAuditBackend({ path: root, maxFileSizeMb: 0.002, maxFiles: 100 });
    for (let count = 0; count < 40; count += 1) first.logSync(makeEvent(`e-${count}`));
    const before = files().length;
    for (let restart = 0; restart < 4; restart += 1) {
      const backend = new FileAuditBackend({ path: root, maxFileSizeMb: 0.001, maxFiles: 3 });
      await backend.close();
      expect(missing()).toEqual([]);
    }
    expect(files().length).toBeLessThan(before);
    expect(fs.existsSync(first.file)).toBe(true);
    await first.close();
  });

  it('drops what its own records say is too old, says so, and drops none that is still written', async () => {
    await writeDaysAgo(20, 15, 10, 5, 1);
    const living = new FileAuditBackend({ path: root });
    await new FileAuditBackend({ path: root, maxAgeDays: 9, onReport }).close();
    expect(idsIn(readChains(root)).sort()).toEqual(['1 days ago', '5 days ago']);
    expect(fs.existsSync(living.file)).toBe(true);
    expect(reports).toHaveLength(3);
    expect(reports[0]).toMatch(/^audit-00000001\.ndjson: .*was removed: records 1 to \d, until \d{4}-/);
    await living.close();
  });

  it('ends a file that was open for a day, where age is limited', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
    const limited = new FileAuditBackend({ path: root, maxAgeDays: 30 });
    const empty = new FileAuditBackend({ path: root, maxAgeDays: 30 });
    const unlimited = new FileAuditBackend({ path: root });
    limited.logSync(makeEvent('e-1'));
    unlimited.logSync(makeEvent('e-2'));
    const [first, untouched, other] = [limited.file, empty.file, unlimited.file];
    const now = performance.now();
    const clock = jest.spyOn(performance, 'now').mockReturnValue(now + 25 * 3_600_000);
    jest.advanceTimersByTime(60_000);
    clock.mockRestore();
    expect([limited.file === first, empty.file === untouched, unlimited.file === other]).toEqual([false, true, true]);
    for (const backend of [limited, empty, unlimited]) await backend.close();
  });

  it('takes no notice of the times of files', async () => {
    await writeDaysAgo(2, 1);
    const longAgo = new Date(Date.now() - 1_000 * day);
    for (const { directory, files: names } of readChains(root)) {
      for (const name of names) fs.utimesSync(join(directory, name), longAgo, longAgo);
    }
    await new FileAuditBackend({ path: root, maxAgeDays: 9, onReport }).close();
    expect(idsIn(readChains(root)).sort()).toEqual(['1 days ago', '2 days ago']);
    expect(reports).toEqual([]);
  });

  it('drops nothing for its age where the clock is far ahead of the trail, and says so at each start', async () => {
    await writeDaysAgo(1_000, 999, 998);
    for (const backend of [1, 2]) {
      reports = [];
      await new FileAuditBackend({ path: root, maxAgeDays: 30, onReport }).close();
      expect([backend, reports]).toEqual([backend, [expect.stringContaining('the clock is far ahead')]]);
    }
    expect(idsIn(readChains(root)).sort()).toEqual(['1000 days ago', '998 days ago', '999 days ago']);
  });

  it('counts no file that has no seal of its own, whatever its name', async () => {
    await writeDaysAgo(2, 1);
    const [chain] = readChains(root);
    const [name = ''] = chain?.files ?? [];
    const real = fs.readFileSync(join(chain?.directory ?? '', name));
    for (let count = 0; count < 40; count += 1) {
      const junk = join(root, `w-${String(count).padStart(16, '0')}`);
      fs.mkdirSync(junk);
      // Nothing at all, and a copy of another writer’s segment.
      fs.writeFileSync(join(junk, 'audit-00000001.ndjson'), count % 2 === 0 ? 'x'.repeat(100_000) : real);
    }
    await new FileAuditBackend({ path: root, maxFileSizeMb: 0.01, maxFiles: 1, onReport }).close();
    const ids = ['1 days ago', '2 days ago'];
    for (const id of ids)
      expect(
        fs
          .readdirSync(root)
          .map((writer) => textIn(writer))
          .join(''),
      ).toContain(id);
    expect(reports.filter((report) => report.includes('no seal'))).toHaveLength(40);
  });

  it('drops nothing that no trusted key has signed, nor counts it', async () => {
    const { privateKey, publicKey } = generateSigningKeyPair();
    options = { key: generateSigningKeyPair().privateKey };
    await writeDaysAgo(20, 15);
    options = { key: privateKey };
    await writeDaysAgo(14, 12, 7, 2);
    await new FileAuditBackend({ path: root, key: privateKey, maxAgeDays: 9, onReport }).close();
    expect(idsIn(readChains(root)).sort()).toEqual(['15 days ago', '2 days ago', '20 days ago', '7 days ago']);
    expect(reports.filter((report) => report.includes('no trusted key'))).toHaveLength(2);
    const { faults } = await verifyTrail(root, { publicKey });
    expect(faults.map(({ class: kind }) => kind)).not.toContain('missing-writer');
  });

  const asRoot = process.getuid?.() === 0 ? it : it.skip;

  asRoot('leaves to another user what is that one’s, and keeps its own limit', async () => {
    await writeDaysAgo(20, 15, 12, 10, 5, 1);
    for (const { directory, records } of readChains(root)) {
      if (idsIn([{ directory, records, files: [] }])[0] === '15 days ago') fs.chownSync(directory, 12_345, 12_345);
    }
    await new FileAuditBackend({ path: root, maxAgeDays: 9 }).close();
    expect(idsIn(readChains(root)).sort()).toEqual(['1 days ago', '15 days ago', '5 days ago']);
  });

  it('leaves what is none of its own, and says so', async () => {
    fs.writeFileSync(join(root, 'notes.txt'), 'mine');
    fs.mkdirSync(join(root, 'w-old'));
    await new FileAuditBackend({ path: root, maxFiles: 1, onReport }).close();
    expect(reports.map((report) => report.split(':')[0]).sort()).toEqual(['notes.txt', 'w-old']);
    expect(fs.readFileSync(join(root, 'notes.txt'), 'utf8')).toBe('mine');
  });

  function textIn(writer: string): string {
    const names = fs.readdirSync(join(root, writer)).filter((name) => name.endsWith('.ndjson'));
    return names.map((name) => fs.readFileSync(join(root, writer, name), 'utf8')).join('');
  }
});
