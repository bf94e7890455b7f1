import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FileAuditBackend, verifyTrail, type AuditCheckpoint } from '../../../src/index';
import { recoverWriter, type Recovered } from '../../../src/audit/journal/recover-writer';
import { compileProgram, type Program } from '../../runtime/run-program';
import { idsIn, kindsOf, makeEvent, makeRoot, readChain, readChains, type Chain } from './read-chains';

let root: string;
let program: Program;

beforeAll(() => {
  program = compileProgram('journal-writers', { programs: join(__dirname, '../programs') });
});

afterAll(() => program.remove());

beforeEach(() => {
  root = makeRoot();
});

afterEach(() => fs.rmSync(root, { recursive: true }));

/** A process that writes until it is killed; `acknowledged` is what it has said until then. */
class Writers {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  output = '';
  #onOutput: () => void = () => undefined;

  constructor(writers: number, events = 0) {
    this.child = spawn(process.execPath, [program.file, root, String(writers), String(events)]);
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
      this.#onOutput();
    });
    this.ended = new Promise((resolve) => this.child.on('close', () => resolve()));
  }

  get acknowledged(): string[] {
    return this.output.split('\n').slice(1, -1);
  }

  async acknowledges(count: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onOutput = () => (this.acknowledged.length >= count ? resolve() : undefined);
      this.#onOutput();
    });
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

/** The directory of a writer that was killed behind its last event, as another process finds it. */
async function leftBehind(
  append: (backend: FileAuditBackend) => void,
  options: { readonly maxFileSizeMb?: number; readonly key?: string } = {},
): Promise<string> {
  const backend = new FileAuditBackend({ path: root, ...options });
  append(backend);
  const live = dirname(backend.file);
  const copy = join(root, 'copy');
  fs.cpSync(live, copy, { recursive: true });
  await backend.close();
  fs.rmSync(dirname(backend.file), { recursive: true });
  // A lease that is signed cannot be made to expire: it is left by an adopter that is gone.
  const left = options.key === undefined ? live : `${sealed(live)}.adopted-w-0123456789abcdef`;
  fs.renameSync(copy, left);
  if (options.key === undefined) expire(left);
  return left;
}

function expire(directory: string): void {
  const file = join(directory, 'lease.json');
  const lease = JSON.parse(fs.readFileSync(file, 'utf8')) as object;
  fs.writeFileSync(file, JSON.stringify({ ...lease, startedAt: '1' }));
}

async function reopen(): Promise<string[]> {
  const reports: string[] = [];
  const onReport = (where: string, error: unknown): void => void reports.push(`${basename(where)}: ${String(error)}`);
  const backend = new FileAuditBackend({ path: root, onReport });
  await backend.close();
  return reports;
}

function recoverNow(...of: Parameters<typeof recoverWriter>): Recovered {
  const steps = recoverWriter(...of);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

const sealed = (live: string): string => live.replace(/\..*$/, '');

it('loses nothing that was acknowledged when its process is killed under fifty writers', async () => {
  for (const enough of [1, 200, 1_000]) {
    const writers = new Writers(50);
    await writers.acknowledges(enough);
    await writers.kill();
    expect(await reopen()).toEqual([]);
    const chains = readChains(root);
    expect(fs.readdirSync(root).filter((name) => name.includes('.'))).toEqual([]);
    const ids = new Set(idsIn(chains));
    expect(ids.size).toBe(idsIn(chains).length);
    expect(writers.acknowledged.filter((id) => !ids.has(id))).toEqual([]);
    for (const chain of chains) expect(kindsOf(chain).at(-1)).toBe('seal');
  }
});

it.each(['exit', 'throw', 'run empty'])('holds what was only in memory when its process ends by itself: %s', (how) => {
  const ends = compileProgram('best-effort', { programs: join(__dirname, '../programs') });
  spawnSync(process.execPath, [ends.file, root, how]);
  ends.remove();
  const [live = ''] = fs.readdirSync(root);
  expect(idsIn([readChain(join(root, live))])).toEqual(['1', '2', '3']);
});

it('is recovered from a tail that is torn before a file without a byte', async () => {
  const live = await leftBehind((backend) => void backend.log(makeEvent('1')));
  fs.appendFileSync(join(live, 'audit-00000001.ndjson'), '{"p":"half a line');
  fs.writeFileSync(join(live, 'audit-00000002.ndjson'), '');
  await new FileAuditBackend({ path: root }).close();
  const recovered = readChain(sealed(live));
  expect(kindsOf(recovered)).toEqual(['open', 'event', 'recovery', 'seal']);
  expect(recovered.files).toEqual(['audit-00000001.ndjson']);
});

it('is recovered in the background when it is large, while events are written', async () => {
  const live = await leftBehind((backend) => {
    for (let id = 1; id <= 8; id += 1) backend.logSync(makeEvent(String(id)));
    for (let id = 9; id <= 9_000; id += 1) void backend.log(makeEvent(String(id)));
  });
  const backend = new FileAuditBackend({ path: root });
  expect(backend.status.recovering).toMatchObject({ writers: 1, done: 0 });
  expect(backend.health().recovering).toEqual(backend.status.recovering);
  expect(fs.existsSync(sealed(live))).toBe(false);
  await backend.log(makeEvent('new'), 'durable');
  await backend.close();
  expect(backend.status.recovering).toBeUndefined();
  const recovered = readChain(sealed(live));
  expect(idsIn([recovered])).toHaveLength(9_000);
  expect(kindsOf(recovered).slice(-2)).toEqual(['recovery', 'seal']);
});

describe('of many files', () => {
  /** Strict calls, of which one takes over all files and others over two of them. */
  const overlapping = (backend: FileAuditBackend): void => {
    backend.logSync(makeEvent('first', 'unknown'), 'strict');
    for (let id = 1; id <= 30; id += 1) {
      backend.logSync(makeEvent(`call-${id}`, 'unknown'), 'strict');
      if (id > 3) backend.logSync(makeEvent(`call-${id - 3}`), 'strict');
    }
  };
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const trustedKey = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const openIn = ({ records }: Chain): string[] => {
    const ids = new Set<string>();
    for (const record of records) {
      if (record.kind === 'intent') ids.add(record.event['event_id'] as string);
      else if ('event' in record) ids.delete(record.event['event_id'] as string);
    }
    return [...ids];
  };

  it.each([
    ['with its oldest intent in the first file', overlapping],
    [
      'with all intents in the last ones',
      (backend: FileAuditBackend): void => {
        overlapping(backend);
        backend.logSync(makeEvent('first'), 'strict');
        for (let id = 1; id <= 30; id += 1) {
          backend.logSync(makeEvent(`more-${id}`, 'unknown'), 'strict');
          if (id > 1) backend.logSync(makeEvent(`more-${id - 1}`), 'strict');
        }
      },
    ],
    [
      'with an outcome right behind the seal',
      (backend: FileAuditBackend): void => {
        for (let id = 1, last = ''; id <= 40 || last === backend.file; id += 1) {
          backend.logSync(makeEvent(`call-${id}`, 'unknown'), 'strict');
          last = backend.file;
          backend.logSync(makeEvent(`call-${id}`), 'strict');
        }
      },
    ],
  ])('it has no intent without an outcome, wherever the last file ends: %s', async (_where, append) => {
    const live = await leftBehind(append, { maxFileSizeMb: 0.003, key });
    const { files, records } = readChain(live);
    expect(files.length).toBeGreaterThan(5);
    const last = join(live, files.at(-1) ?? '');
    const lines = fs.readFileSync(last, 'utf8').split(/(?<=\n)/);
    const whole = join(root, '..', `${basename(root)}-whole`);
    fs.renameSync(live, whole);
    for (let kept = 2; kept <= lines.length; kept += 1) {
      fs.cpSync(whole, live, { recursive: true });
      fs.writeFileSync(last, lines.slice(0, kept).join(''));
      const before = records.slice(0, records.length - lines.length + kept);
      const expected = openIn({ directory: live, files, records: before });
      const backend = new FileAuditBackend({ path: root, key });
      await backend.close();
      const recovered = readChain(sealed(live)).records.slice(before.length);
      expect(recovered[0]).toMatchObject({ kind: 'recovery', unknown: expected.length });
      expect(recovered.flatMap((record) => ('event' in record ? [record.event['event_id']] : []))).toEqual(expected);
      for (const name of fs.readdirSync(root)) fs.rmSync(join(root, name), { recursive: true });
    }
    fs.rmSync(whole, { recursive: true });
  });

  it('is ended without being read as a whole, which makes nothing sound that is not', async () => {
    const live = await leftBehind(
      (backend) => {
        for (let id = 1; id <= 60; id += 1) backend.logSync(makeEvent(`e-${id}`), 'durable');
      },
      { maxFileSizeMb: 0.003, key },
    );
    const second = join(live, 'audit-00000002.ndjson');
    const text = fs.readFileSync(second, 'utf8');
    const [, id = ''] = /"event_id":"(e-\d+)"/.exec(text) ?? [];
    fs.writeFileSync(second, text.replace(`"event_id":"${id}"`, `"event_id":"${id.replace('e', 'x')}"`));
    const backend = new FileAuditBackend({ path: root, key });
    await backend.close();
    expect(fs.existsSync(sealed(live))).toBe(true);
    const { verdict, firstBad } = await verifyTrail(root, { publicKey: trustedKey });
    expect([verdict, firstBad?.file]).toEqual(['tampered', expect.stringContaining('audit-00000002.ndjson')]);
  });

  it.each([
    ['a file is missing', (live: string): void => fs.rmSync(join(live, 'audit-00000002.ndjson'))],
    [
      'the seal of a file is missing',
      (live: string): void => {
        const file = join(live, 'audit-00000002.ndjson');
        fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/[^\n]*\n$/, ''));
      },
    ],
    [
      'a seal was changed, so that nobody looks for the intents',
      (live: string): void => {
        const names = fs.readdirSync(live).filter((name) => name.endsWith('.ndjson'));
        const file = join(live, names.sort().at(-2) ?? '');
        fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/"intentsFrom":\d+/, '"intentsFrom":99'));
      },
    ],
  ])('it is read as a whole where %s, and its damage is named', async (_what, harm) => {
    const live = await leftBehind(overlapping, { maxFileSizeMb: 0.003, key });
    harm(live);
    const reports: string[] = [];
    const backend = new FileAuditBackend({
      ...{ path: root, key },
      onReport: (_where, error) => void reports.push(String(error)),
    });
    await backend.close();
    expect(reports).toEqual([expect.stringMatching(/segment \d+ is damaged at line \d+/)]);
  });
});

describe('when it is large', () => {
  const events = 40_000;
  const large = (): Promise<string> =>
    leftBehind(
      (backend) => {
        for (let id = 1; id <= events; id += 1) void backend.log(makeEvent(String(id)));
      },
      { maxFileSizeMb: 1_000 },
    );

  it('is ended once, by the next process, when the one that recovers it is killed', async () => {
    const live = await large();
    for (let time = 1; time <= 2; time += 1) {
      const writers = new Writers(1);
      await writers.acknowledges(1);
      await writers.kill();
      expect(fs.readdirSync(root).filter((name) => name.startsWith(`${basename(sealed(live))}.adopted`))).toHaveLength(
        1,
      );
    }
    while (!fs.existsSync(sealed(live))) expect(await reopen()).toEqual([]);
    expect(idsIn([readChain(sealed(live))])).toHaveLength(events);
    expect(kindsOf(readChain(sealed(live))).slice(-2)).toEqual(['recovery', 'seal']);
  });

  it('is ended by one of two processes that start at once', async () => {
    const live = await large();
    await Promise.all([new Writers(1, 3), new Writers(1, 3)].map(({ ended }) => ended));
    while (!fs.existsSync(sealed(live))) expect(await reopen()).toEqual([]);
    const chains = readChains(root);
    expect(idsIn(chains)).toHaveLength(events + 2 * 3);
    expect(chains.flatMap(kindsOf).filter((kind) => kind === 'recovery')).toHaveLength(1);
  });

  it('is left to the next process where closing may not wait for it', async () => {
    const live = await large();
    const hasty = new FileAuditBackend({ path: root, maxWaitMs: 1 });
    hasty.logSync(makeEvent('new'), 'durable');
    await hasty.close();
    expect(fs.existsSync(sealed(live))).toBe(false);
    expect(idsIn([readChain(sealed(dirname(hasty.file)))])).toEqual(['new']);
    while (!fs.existsSync(sealed(live))) expect(await reopen()).toEqual([]);
    expect(idsIn(readChains(root))).toHaveLength(events + 1);
  });

  it('keeps no process alive', async () => {
    const live = await large();
    const ends = compileProgram('best-effort', { programs: join(__dirname, '../programs') });
    spawnSync(process.execPath, [ends.file, root, 'run empty']);
    ends.remove();
    expect(fs.existsSync(sealed(live))).toBe(false);
  });
});

it('is recovered from a tail torn at any offset, with what was torn kept aside', async () => {
  const live = await leftBehind((backend) => {
    for (const id of ['1', '2']) backend.logSync(makeEvent(id));
  });
  const file = join(live, 'audit-00000001.ndjson');
  const whole = fs.readFileSync(file);
  const start = whole.lastIndexOf(0x0a, -2) + 1;
  const [id, name] = [basename(sealed(live)), basename(file)];
  const preset = { filePrefix: 'audit', rotateDaily: false, maxSegmentBytes: 1_000_000 };
  const settings = {
    ...preset,
    root,
    service: undefined,
    environment: undefined,
    key: undefined,
    trusted: [],
    isAnchored: false,
  };
  for (let end = start; end < whole.length; end += 1) {
    const adopted = `${sealed(live)}.adopted-w-0123456789abcdef`;
    fs.mkdirSync(adopted);
    fs.writeFileSync(join(adopted, name), whole.subarray(0, end));
    expect(recoverNow(settings, id, adopted)).toMatchObject({ unknown: 0, seal: { writer: id } });
    const chain = readChain(sealed(live));
    expect(kindsOf(chain)).toEqual(['open', 'event', 'recovery', 'seal']);
    const aside = end === start ? {} : { aside: `${name}.torn` };
    expect(chain.records[2]).toMatchObject({ truncatedBytes: end - start, ...aside, unknown: 0 });
    const tail = join(sealed(live), `${name}.torn`);
    expect(fs.existsSync(tail) ? fs.readFileSync(tail) : Buffer.alloc(0)).toEqual(whole.subarray(start, end));
    fs.rmSync(sealed(live), { recursive: true });
  }
});

it('is recovered where not even the first record was whole', async () => {
  const live = await leftBehind(() => undefined);
  fs.truncateSync(join(live, 'audit-00000001.ndjson'), 40);
  expect(await reopen()).toEqual([]);
  expect(kindsOf(readChain(sealed(live)))).toEqual(['open', 'recovery', 'seal']);
});

it('gives an intent that a crash has left alone the outcome unknown', async () => {
  const live = await leftBehind((backend) => {
    for (const id of ['done', 'left']) backend.logSync(makeEvent(id, 'unknown'), 'strict');
    backend.logSync(makeEvent('done'), 'strict');
  });
  const told: AuditCheckpoint[] = [];
  const backend = new FileAuditBackend({ path: root, anchors: [(checkpoint) => void told.push(checkpoint)] });
  expect(backend.status.outcomeUnknown).toBe(1);
  await backend.close();
  const { records } = readChain(sealed(live));
  expect(told[0]).toMatchObject({ writer: basename(sealed(live)), seq: records.at(-1)?.seq });
  expect(records.slice(-3)).toMatchObject([
    { kind: 'recovery', unknown: 1 },
    { kind: 'outcome', event: { event_id: 'left', status: 'unknown' } },
    { kind: 'seal', closed: true },
  ]);
});

it('gives back the room that the writer had set aside', async () => {
  const live = await leftBehind(() => undefined);
  expect(fs.readdirSync(live)).toContain('ballast');
  await reopen();
  expect(fs.readdirSync(sealed(live))).toEqual(['audit-00000001.ndjson']);
});

it('has all of its damage named in the next chain, and takes garbage that ends a line for damage', async () => {
  const left: string[] = [];
  for (const id of ['1', '2']) {
    const live = await leftBehind((backend) => backend.logSync(makeEvent(id)));
    // Out of the way of the next one, which would end it.
    fs.renameSync(live, `${live}.aside`);
    left.push(live);
  }
  for (const live of left) {
    fs.renameSync(`${live}.aside`, live);
    fs.appendFileSync(join(live, 'audit-00000001.ndjson'), 'garbage\n');
  }
  expect(await reopen()).toHaveLength(2);
  const damaged = left.map((live) => basename(sealed(live)));
  const next = fs.readdirSync(root).find((name) => !damaged.includes(name)) ?? '';
  const [open] = readChain(join(root, next)).records;
  const named = damaged.sort().map((writer) => ({ writer, segment: 1, line: 3 }));
  expect(open).toMatchObject({ damaged: named[0], damages: named });
});

it('leaves a damaged chain as it is, and names the damage in the next', async () => {
  const live = await leftBehind((backend) => {
    for (const id of ['1', '2', '3']) backend.logSync(makeEvent(id));
  });
  const file = join(live, 'audit-00000001.ndjson');
  const text = fs.readFileSync(file, 'utf8').replace('"event_id":"2"', '"event_id":"x"');
  fs.writeFileSync(file, text);
  const writer = basename(sealed(live));
  expect(await reopen()).toEqual([expect.stringMatching(/damaged at line 3/)]);
  expect(fs.readFileSync(join(sealed(live), basename(file)), 'utf8')).toBe(text);
  const next = fs.readdirSync(root).find((name) => name !== writer) ?? '';
  expect(readChain(join(root, next)).records[0]).toMatchObject({ damaged: { writer, segment: 1, line: 3 } });
  // It is reported once, and not looked at again.
  expect(await reopen()).toEqual([]);
});

it('is left alone while its process lives, and adopted from an adopter that has died', async () => {
  const backend = new FileAuditBackend({ path: root });
  const live = dirname(backend.file);
  backend.logSync(makeEvent('1'));
  await reopen();
  expect(fs.existsSync(live)).toBe(true);
  await backend.close();
  const left = await leftBehind((other) => other.logSync(makeEvent('2')));
  const adopted = `${sealed(left)}.adopted-w-0123456789abcdef`;
  fs.renameSync(left, adopted);
  expect(await reopen()).toEqual([]);
  expect(kindsOf(readChain(sealed(left)))).toEqual(['open', 'event', 'recovery', 'seal']);
});

it('is adopted by one of several processes that open the root at once', async () => {
  const live = await leftBehind((backend) => backend.logSync(makeEvent('1')));
  const others = Array.from({ length: 4 }, () => new Writers(1, 3));
  await Promise.all(others.map(({ ended }) => ended));
  expect(kindsOf(readChain(sealed(live)))).toEqual(['open', 'event', 'recovery', 'seal']);
  expect(idsIn(readChains(root))).toHaveLength(1 + 4 * 3);
});

it('shares a root among eight processes, of which one is killed', async () => {
  const [killed, ...others] = Array.from({ length: 8 }, (_, index) => new Writers(5, index === 0 ? 0 : 20));
  await killed?.acknowledges(20);
  await killed?.kill();
  await Promise.all(others.map(({ ended }) => ended));
  expect(await reopen()).toEqual([]);
  const chains = readChains(root);
  expect(chains).toHaveLength(9);
  const ids = new Set(idsIn(chains));
  for (const { acknowledged } of [killed, ...others].filter((one) => one !== undefined)) {
    expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
  }
  for (const chain of chains) expect(kindsOf(chain).at(-1)).toBe('seal');
});

it('has its lease judged by the process that holds it', async () => {
  const child = spawnSync(process.execPath, ['-e', 'console.log(process.pid)'], { encoding: 'utf8' });
  const longAgo = '2020-01-01T00:00:00.000Z';
  const cases: [{ readonly beatAt?: string; readonly [field: string]: unknown }, boolean][] = [
    [{ pid: Number(child.stdout) }, true],
    [{ startedAt: '1' }, true],
    [{ threadStartedAt: '1' }, true],
    [{ thread: '1' }, true],
    [{ bootId: 'another boot' }, false],
    [{ bootId: 'another boot', beatAt: longAgo }, true],
    [{ pidNamespace: 'pid:[1]' }, false],
    // On the same machine the clock counts that nobody sets, unless an earlier version has not told of it.
    [{ pidNamespace: 'pid:[1]', beatAt: longAgo }, false],
    [{ pidNamespace: 'pid:[1]', beatSinceBootMs: -70_000 }, true],
    [{ pidNamespace: 'pid:[1]', beatAt: longAgo, beatSinceBootMs: undefined }, true],
    [{ pidNamespace: 'pid:[1]', beatAt: longAgo, timeNamespace: 'time:[1]' }, true],
    [{ pidNamespace: 'pid:[1]', beatSinceBootMs: -70_000, timeNamespace: 'time:[1]' }, false],
    [{ host: 'elsewhere', bootId: 'theirs' }, false],
    [{ host: 'elsewhere', bootId: 'theirs', beatAt: longAgo }, true],
    [{ host: 'elsewhere', beatAt: longAgo }, false],
    [{ host: 'elsewhere', beatSinceBootMs: -70_000 }, true],
    [{}, false],
  ];
  for (const [change, isAdopted] of cases) {
    const backend = new FileAuditBackend({ path: root });
    const live = dirname(backend.file);
    const file = join(live, 'lease.json');
    fs.writeFileSync(file, JSON.stringify({ ...(JSON.parse(fs.readFileSync(file, 'utf8')) as object), ...change }));
    // What its clock says and what that of the disk says.
    if (change.beatAt !== undefined) fs.utimesSync(file, new Date(change.beatAt), new Date(change.beatAt));
    await reopen();
    expect([change, fs.existsSync(sealed(live))]).toEqual([change, isAdopted]);
    if (!isAdopted) await backend.close();
    else await backend.close().catch(() => undefined);
    fs.rmSync(sealed(live), { recursive: true });
  }
});
