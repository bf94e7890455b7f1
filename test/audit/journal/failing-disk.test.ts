import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileAuditBackend } from '../../../src/index';
import { unhandledRejections } from '../../fixtures/unhandled-rejections';
import { compileProgram } from '../../runtime/run-program';
import { idsIn, kindsOf, makeEvent, makeRoot, readChains } from './read-chains';

let root: string;
const reports: string[] = [];

beforeEach(() => {
  root = makeRoot();
  reports.length = 0;
});

afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

function open(): FileAuditBackend {
  return new FileAuditBackend({ path: root, onReport: (_where, error) => void reports.push(String(error)) });
}

/** Puts another file in the place of the one that a backend has open. */
function replaceDescriptor(backend: FileAuditBackend, other: string, flags: string): void {
  const descriptor = Number(
    fs.readdirSync('/proc/self/fd').find((name) => {
      try {
        return fs.readlinkSync(`/proc/self/fd/${name}`) === backend.file;
      } catch {
        return false;
      }
    }),
  );
  fs.closeSync(descriptor);
  // A lower number may have come free meanwhile: it is held until this one has its turn.
  const held: number[] = [];
  let opened = fs.openSync(other, flags);
  for (; opened < descriptor; opened = fs.openSync(other, flags)) held.push(opened);
  for (const one of held) fs.closeSync(one);
  expect(opened).toBe(descriptor);
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const gapsIn = (): object[] => readChains(root).flatMap(({ records }) => records.filter(({ kind }) => kind === 'gap'));

describe('a sync that fails', () => {
  it('is not tried again: what it left open goes to another segment, and the callers hear nothing of it', async () => {
    const backend = open();
    await backend.log(makeEvent('1'), 'durable');
    // What takes the place of the file swallows writes and cannot be synced.
    replaceDescriptor(backend, '/dev/null', 'w');
    void backend.log(makeEvent('2'));
    await Promise.all(['3', '4'].map(async (id) => backend.log(makeEvent(id), 'durable')));
    backend.logSync(makeEvent('5'), 'durable');
    await backend.close();
    const [chain] = readChains(root);
    expect(idsIn(readChains(root))).toEqual(['1', '2', '3', '4', '5']);
    expect(kindsOf(chain)).toEqual(['open', 'event', 'open', 'event', 'event', 'event', 'event', 'seal']);
    expect(chain?.records[2]).toMatchObject({ segment: 2, damaged: { segment: 1, line: 3, reason: 'EINVAL' } });
    expect(reports).toEqual([expect.stringMatching(/EINVAL/)]);
    expect(backend.status).toMatchObject({ rejected: 0, dropped: {}, latched: undefined });
  });

  it('latches the journal where another segment cannot be opened either, until it can; what was lost is a gap', async () => {
    const backend = open();
    await backend.log(makeEvent('1'), 'durable');
    replaceDescriptor(backend, '/dev/null', 'w');
    fs.renameSync(root, `${root}-away`);
    fs.writeFileSync(root, 'a file in the place of the directory');
    void backend.log(makeEvent('lost-1'));
    await expect(backend.log(makeEvent('lost-2'), 'durable')).rejects.toThrow(/TREFOIL_AUDIT_NOT_WRITTEN.*ENOTDIR/);
    expect(backend.status).toMatchObject({ latched: { code: 'ENOTDIR' }, rejected: 1, dropped: { ENOTDIR: 1 } });
    expect(() => backend.log(makeEvent('lost-3'))).toThrow(/ENOTDIR/);
    await expect(backend.log(makeEvent('refused', 'unknown'), 'strict')).rejects.toThrow(/ENOTDIR/);
    await expect(backend.flush()).rejects.toThrow(/ENOTDIR/);
    fs.rmSync(root);
    fs.renameSync(`${root}-away`, root);
    await until(() => backend.status.latched === undefined);
    expect(gapsIn()).toMatchObject([{ count: 3, reason: 'ENOTDIR', byType: { update: 3 } }]);
    await backend.log(makeEvent('2'), 'durable');
    await backend.close();
    expect(idsIn(readChains(root))).toEqual(['1', '2']);
    expect(backend.status).toMatchObject({ rejected: 2, dropped: { ENOTDIR: 2 } });
  });

  it('makes nobody wait for ever: who has waited long enough is told that the event may still come', async () => {
    const backend = new FileAuditBackend({ path: root, maxWaitMs: 1 });
    let lateness: unknown;
    for (let round = 0; lateness === undefined && round < 1_000; round += 1) {
      const logged = backend.log(makeEvent(`e-${round}`), 'durable');
      const busyUntil = Date.now() + 5;
      while (Date.now() < busyUntil);
      await Promise.resolve(logged).catch((error: unknown) => (lateness = error));
    }
    expect(String(lateness)).toMatch(/TREFOIL_AUDIT_LATE.*confirmed it within 1 ms, and something may still do so/);
    await backend.close();
  });
});

describe('a gap', () => {
  it('that was written and is lost with its file is not forgotten', async () => {
    const backend = open();
    await backend.log(makeEvent('1'), 'durable');
    replaceDescriptor(backend, backend.file, 'r');
    expect(() => backend.log(makeEvent('lost-1'))).toThrow(/EBADF/);
    replaceDescriptor(backend, '/dev/null', 'w');
    void backend.log(makeEvent('lost-2'));
    fs.renameSync(root, `${root}-away`);
    fs.writeFileSync(root, 'a file in the place of the directory');
    await expect(backend.log(makeEvent('lost-3'), 'durable')).rejects.toThrow(/ENOTDIR/);
    fs.rmSync(root);
    fs.renameSync(`${root}-away`, root);
    await until(() => backend.status.latched === undefined);
    await backend.close();
    expect(gapsIn()).toMatchObject([
      { count: 1, reason: 'EBADF' },
      { count: 2, reason: 'ENOTDIR' },
    ]);
  });
});

describe('a listener that fails itself', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('the listener fails');
      },
    ],
    ['gives a promise that rejects', (): unknown => Promise.reject(new Error('the listener fails'))],
  ])('by which it %s keeps nothing from the journal, the anchors or the process', async (_how, onReport) => {
    const anchored: number[] = [];
    const fails = (): never => {
      throw new Error('the anchor fails');
    };
    const backend = new FileAuditBackend({
      path: root,
      maxFileSizeMb: 0.001,
      anchors: [fails, ({ seq }) => void anchored.push(seq)],
      onReport,
    });
    const reasons = await unhandledRejections(async () => {
      for (const id of ['1', '2', '3', '4', '5']) await backend.log(makeEvent(id), 'durable');
      await backend.close();
    });
    expect(reasons).toEqual([]);
    const marks = readChains(root).flatMap(({ records }) => records.filter(({ kind }) => /seal|checkpoint/.test(kind)));
    expect(marks.length).toBeGreaterThan(3);
    expect(anchored).toEqual(marks.map(({ seq }) => seq));
  });
});

describe('a write that fails', () => {
  it('costs what it was for and nothing else, and is a gap in the chain', async () => {
    const backend = open();
    backend.logSync(makeEvent('1'), 'durable');
    replaceDescriptor(backend, backend.file, 'r');
    expect(() => backend.log(makeEvent('lost'))).toThrow(/TREFOIL_AUDIT_NOT_WRITTEN.*EBADF/);
    void backend.log(makeEvent('2'));
    await backend.close();
    expect(idsIn(readChains(root))).toEqual(['1', '2']);
    expect(gapsIn()).toMatchObject([{ count: 1, reason: 'EBADF', byType: { update: 1 } }]);
    expect(backend.status).toMatchObject({ accepted: 3, written: 2, dropped: { EBADF: 1 }, rejected: 0 });
  });

  it('has none of a refused event in the files, and all of those that were taken, under a limit on their size', () => {
    const program = compileProgram('file-limit', { programs: join(__dirname, '../programs') });
    const command = `trap '' XFSZ; ulimit -f 128; exec '${process.execPath}' '${program.file}' '${root}'`;
    const { stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    program.remove();
    expect(stderr).toBe('');
    const seen = JSON.parse(stdout) as { taken: string[]; refused: string[]; rejected: number; dropped: object };
    expect(seen.refused.length).toBeGreaterThan(2);
    expect(seen.refused.filter((refusal) => !refusal.endsWith(' EFBIG'))).toEqual([]);
    expect(idsIn(readChains(root))).toEqual(seen.taken);
    const counts = gapsIn().map((gap) => (gap as { count: number }).count);
    expect(counts.reduce((sum, count) => sum + count)).toBe(seen.refused.length);
  });
});

describe('a segment that fails as it is begun', () => {
  it('acknowledges nothing that has no file: where another cannot be opened either, the journal is latched', async () => {
    let onTold: (() => void) | undefined;
    const backend = new FileAuditBackend({
      ...{ path: root, maxFileSizeMb: 0.002, maxFiles: 1 },
      onReport: (_where, error) => {
        reports.push(String(error));
        onTold?.();
      },
    });
    // Retention tells of it, right before it writes what it removes to the new segment.
    const other = join(root, 'w-00000000000000ff');
    fs.mkdirSync(other);
    fs.writeFileSync(join(other, 'audit-00000001.ndjson'), 'without a seal\n');
    onTold = () => {
      replaceDescriptor(backend, backend.file, 'r');
      // The next report is of the write that fails: from then on nothing can be opened.
      onTold = () => {
        onTold = undefined;
        fs.renameSync(root, `${root}-away`);
        fs.writeFileSync(root, 'a file in the place of the directory');
      };
    };
    const acknowledged: string[] = [];
    let refusal: unknown;
    for (let count = 0; refusal === undefined && count < 20; count += 1) {
      try {
        backend.logSync(makeEvent(`e-${count}`), 'durable');
        acknowledged.push(`e-${count}`);
      } catch (error) {
        refusal = error;
      }
    }
    expect(String(refusal)).toMatch(/TREFOIL_AUDIT_NOT_WRITTEN.*ENOTDIR/);
    expect(backend.status).toMatchObject({ latched: { code: 'ENOTDIR' }, rejected: 1 });
    fs.rmSync(root);
    fs.renameSync(`${root}-away`, root);
    fs.rmSync(other, { recursive: true });
    await until(() => backend.status.latched === undefined);
    await backend.log(makeEvent('after'), 'durable');
    await backend.close();
    expect(idsIn(readChains(root))).toEqual([...acknowledged, 'after']);
    expect(gapsIn()).toMatchObject([{ count: 1, reason: 'ENOTDIR' }]);
  });
});

describe('a full disk', () => {
  const disk = fs.mkdtempSync(join(tmpdir(), 'trefoil-disk-'));
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]).status === 0;

  afterAll(() => {
    if (isMounted) spawnSync('umount', [disk]);
    fs.rmSync(disk, { recursive: true });
  });

  const onDisk = isMounted ? it : it.skip;

  onDisk('keeps the segment that was begun, and follows it, where what is written anew does not fit', async () => {
    root = join(disk, 'anew');
    const backend = open();
    await backend.log(makeEvent('1'), 'durable');
    replaceDescriptor(backend, '/dev/null', 'w');
    const filler = join(disk, 'filler');
    const left = (): number => fs.statfsSync(disk).bavail * 4_096;
    while (left() > 100_000) fs.appendFileSync(filler, Buffer.alloc(4_096));
    for (let count = 0; count < 300; count += 1) void backend.log(makeEvent(`lost-${'x'.repeat(600)}-${count}`));
    await expect(backend.log(makeEvent('refused'), 'durable')).rejects.toThrow(/ENOSPC/);
    fs.rmSync(filler);
    await until(() => backend.status.latched === undefined && backend.status.diskFull === false);
    await backend.log(makeEvent('2'), 'durable');
    await backend.close();
    expect(idsIn(readChains(root))).toEqual(['1', '2']);
    expect(gapsIn()).toMatchObject([{ count: 301, reason: 'ENOSPC' }]);
  });

  onDisk(
    'refuses calls that have not begun, keeps the outcomes of those that have, and goes on by itself',
    async () => {
      root = join(disk, 'audit');
      const backend = open();
      const acknowledged: string[] = [];
      const call = async (id: string, status?: 'unknown'): Promise<void> => {
        await backend.log(makeEvent(id, status), 'strict');
        acknowledged.push(id);
      };
      const running = Array.from({ length: 50 }, (_, index) => `running-${index}`);
      for (const id of running) await call(id, 'unknown');
      const filler = join(disk, 'filler');
      expect(() => {
        for (;;) fs.appendFileSync(filler, Buffer.alloc(4_096));
      }).toThrow(/ENOSPC/);
      let refused = 0;
      const beginCall = (): Promise<void> => call(`refused-${refused}`, 'unknown');
      while (backend.status.diskFull === false) await beginCall().catch(() => (refused += 1));
      await expect(beginCall()).rejects.toThrow(/ENOSPC/);
      expect(() => backend.log(makeEvent('dropped'))).toThrow(/ENOSPC/);
      for (const id of running) await call(id);
      fs.rmSync(filler);
      await until(() => !backend.status.diskFull);
      await call('after', 'unknown');
      await call('after');
      await backend.close();
      const chains = readChains(root);
      const ids = idsIn(chains);
      expect(acknowledged.filter((id) => !ids.includes(id))).toEqual([]);
      expect(ids).not.toContain(`refused-${refused}`);
      expect(ids).not.toContain('dropped');
      const outcomes = chains[0]?.records.filter(({ kind }) => kind === 'outcome') ?? [];
      expect(outcomes.length).toBeGreaterThanOrEqual(running.length + 1);
      expect(gapsIn()).toMatchObject([{ count: 1, reason: 'ENOSPC' }]);
      root = makeRoot();
    },
  );
});
