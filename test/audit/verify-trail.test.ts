import { createHash, createPublicKey } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { SigningKey } from '../../src/audit/journal/signing-key';
import { generateSigningKeyPair } from '../../src/audit/journal/verifying-key';
import { readAnchors, type TrailAnchor } from '../../src/audit/journal/read-anchors';
import { readRecords } from '../../src/audit/journal/read-trail';
import type { TrailReport } from '../../src/audit/journal/trail-report';
import { verifyTrail } from '../../src/audit/journal/verify-trail';
import { WrittenTrail, type Signer } from './journal/written-trail';

const pair = generateSigningKeyPair();
const key = SigningKey.read(pair.privateKey);
const { publicKey } = pair;

let root: string;

beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'trefoil-trail-'));
});

afterEach(() => fs.rmSync(root, { recursive: true }));

/** Two segments of a dozen records each, anchored and closed. */
function closedTrail(): { directory: string; anchors: TrailAnchor[]; first: string; last: string } {
  const trail = new WrittenTrail(root, key);
  trail.events(5).checkpoint().events(5).rotate().events(5).checkpoint().events(5);
  const directory = trail.close();
  const [first = '', last = ''] = fs.readdirSync(directory).map((name) => join(directory, name));
  return { directory, anchors: trail.anchors, first, last };
}

/** Changes the lines of a file; each has its line feed. */
function rewrite(file: string, change: (lines: string[]) => string[]): void {
  const lines = fs.readFileSync(file, 'utf8').split(/(?<=\n)/);
  fs.writeFileSync(file, change(lines).join(''));
}

function faultOf({ verdict, firstBad }: TrailReport): unknown {
  if (firstBad === undefined) return { verdict };
  return { verdict, class: firstBad.class, file: basename(firstBad.file), line: firstBad.line, seq: firstBad.seq };
}

const foreignFile = 'audit-00000099.ndjson';
const foreignWriter = 'w-0123456789abcdef';
const asideName = `${foreignWriter}.quarantined-01234567`;
const secondFile = 'audit-00000002.ndjson';

describe('a trail that nobody has touched', () => {
  test('is sound when it is closed and its very end is anchored', async () => {
    const { anchors } = closedTrail();
    const report = await verifyTrail(root, { publicKey, anchors });
    expect(report).toMatchObject({ verdict: 'sound', records: 26, faults: [] });
    const [writer] = report.writers;
    expect(writer).toMatchObject({
      state: 'closed',
      segments: 2,
      events: 20,
      firstSeq: 1,
      lastSeq: 26,
      isComplete: true,
    });
    expect(writer).toMatchObject({ anchoredThrough: 26, signedThrough: 26, anchoredAt: writer?.to });
    expect(report.anchoredThrough).toBe(writer?.to);
  });

  test('is unanchored where nothing but itself vouches for its end', async () => {
    const { anchors } = closedTrail();
    expect(await verifyTrail(root)).toMatchObject({ verdict: 'unanchored' });
    expect(await verifyTrail(root, { publicKey })).toMatchObject({ verdict: 'unanchored' });
    const report = await verifyTrail(root, { anchors: anchors.slice(0, -1) });
    expect(report).toMatchObject({ verdict: 'unanchored', anchoredThrough: anchors.at(-2)?.at });
  });

  test('may be in the middle of a line while it is written', async () => {
    const trail = new WrittenTrail(root, key).events(5).checkpoint().events(2).write('{"p":"0123');
    const report = await verifyTrail(root, { publicKey, anchors: trail.anchors });
    expect(report.verdict).toBe('unanchored');
    expect(report.writers).toMatchObject([{ state: 'open', unfinishedBytes: 10, anchoredThrough: 7, lastSeq: 9 }]);
  });

  test('may hold other files, and writers that have been adopted or have only begun', async () => {
    const { directory } = closedTrail();
    fs.writeFileSync(join(root, 'notes.txt'), 'mine');
    fs.writeFileSync(join(directory, 'lease.json'), '{}');
    fs.writeFileSync(join(directory, '.audit-00000002.ndjson.torn'), '{"p"');
    fs.mkdirSync(join(root, 'w-0123456789abcdef.live'));
    const adopted = new WrittenTrail(root, key).checkpoint().events(3).write();
    fs.renameSync(adopted.directory, join(root, `${adopted.writer}.adopted-w-0123456789abcdef`));
    const report = await verifyTrail(root, { publicKey });
    expect(report).toMatchObject({ verdict: 'unanchored', faults: [], records: 31 });
    expect(report.writers).toHaveLength(3);
  });

  test('may have lost its first segments to retention, as a signed record tells', async () => {
    const old = new WrittenTrail(root, key).events(5).rotate().events(5).rotate().events(5);
    const oldDirectory = old.close();
    const other = new WrittenTrail(root, key).events(3).retain(old.sealed.slice(0, 2));
    other.close();
    for (const name of fs.readdirSync(oldDirectory).slice(0, 2)) fs.rmSync(join(oldDirectory, name));
    const anchors = [...old.anchors, ...other.anchors];
    const report = await verifyTrail(root, { publicKey, anchors });
    expect(report).toMatchObject({ verdict: 'sound', faults: [] });
    fs.rmSync(join(oldDirectory, 'audit-00000003.ndjson'));
    fs.rmdirSync(oldDirectory);
    expect(await verifyTrail(root, { publicKey, anchors })).toMatchObject({ verdict: 'missing' });
  });

  test('may still have some of what retention was about to remove when it was killed', async () => {
    const old = new WrittenTrail(root, key).events(5).rotate().events(5).rotate().events(5);
    const directory = old.close();
    const other = new WrittenTrail(root, key).events(3).retain(old.sealed.slice(0, 2));
    other.close();
    fs.rmSync(join(directory, 'audit-00000001.ndjson'));
    const anchors = [...old.anchors, ...other.anchors];
    expect(await verifyTrail(root, { publicKey, anchors })).toMatchObject({ verdict: 'sound', faults: [] });
  });

  test('may have lost whole writers to retention, and the record that told of them, but none that ended later', async () => {
    const ended = (hours: number): WrittenTrail => {
      const trail = new WrittenTrail(root, key);
      trail.time += hours * 3_600_000;
      return trail.events(3);
    };
    const [forgotten, dropped, later] = [ended(0), ended(2), ended(4)];
    for (const trail of [forgotten, dropped, later]) trail.close();
    const teller = ended(6).retain(dropped.sealed);
    teller.close();
    const anchors = [forgotten, dropped, later, teller].flatMap((trail) => trail.anchors);
    for (const { writer } of [forgotten, dropped]) fs.rmSync(join(root, writer), { recursive: true });
    expect(await verifyTrail(root, { publicKey, anchors })).toMatchObject({ verdict: 'sound', faults: [] });
    fs.rmSync(join(root, later.writer), { recursive: true });
    const report = await verifyTrail(root, { publicKey, anchors });
    expect(report).toMatchObject({ verdict: 'missing', faults: [{ class: 'missing-writer' }] });
    expect(report.firstBad?.message).toContain(later.writer);
  });

  test('lacks what was removed under its writer, however well that is witnessed', async () => {
    const trail = new WrittenTrail(root, key).events(3);
    const time = new Date(trail.time).toISOString();
    trail.record({ kind: 'gap', count: 7, reason: 'file_cut', byType: {}, from: time, to: time }).events(3).close();
    const { anchors } = trail;
    const report = await verifyTrail(root, { publicKey, anchors });
    expect(report).toMatchObject({ verdict: 'missing', firstBad: { class: 'missing-events', seq: 5, line: 5 } });
    expect(report.firstBad?.message).toMatch(/^7 events that had been acknowledged are missing/);
    expect(report).toMatchObject({ records: 9, writers: [{ lost: 7, isComplete: false }] });
  });

  test('tells what the writer itself has lost, and steps of its clock, and is no worse for it', async () => {
    const trail = new WrittenTrail(root, key).events(2);
    const time = new Date(trail.time).toISOString();
    trail.record({ kind: 'gap', count: 7, reason: 'ENOSPC', byType: { update: 7 }, from: time, to: time });
    trail.time -= 3_600_000;
    trail.events(2).close();
    const report = await verifyTrail(root, { publicKey, anchors: trail.anchors });
    expect(report).toMatchObject({ verdict: 'sound', writers: [{ lost: 7, clockSteps: 1 }] });
  });

  test('tells how far verification has come', async () => {
    const { first, last } = closedTrail();
    const files: string[] = [];
    let bytes = 0;
    await verifyTrail(root, {
      onProgress: (progress) => {
        files.push(progress.file);
        ({ bytes } = progress);
      },
    });
    expect(files).toEqual([first, last]);
    expect(bytes).toBe(fs.statSync(first).size + fs.statSync(last).size);
  });
});

describe('tampering is named, with its place: ', () => {
  /** Line 1 of the second segment is record 14. */
  const tampering: Record<
    string,
    { change: (lines: string[]) => string[]; fault: { class: string; line: number; seq: number } }
  > = {
    'a changed value': {
      change: (lines) => lines.with(3, lines[3]?.replace('item-', 'itam-') ?? ''),
      fault: { class: 'edit', line: 4, seq: 17 },
    },
    'a changed hash': {
      change: (lines) => lines.with(3, lines[3]?.replace(/(?<="h":")./, (digit) => (digit === '0' ? '1' : '0')) ?? ''),
      fault: { class: 'edit', line: 4, seq: 17 },
    },
    'a line that is none': {
      change: (lines) => lines.with(3, 'what was here is gone\n'),
      fault: { class: 'edit', line: 4, seq: 17 },
    },
    'a deleted record': {
      change: (lines) => lines.toSpliced(3, 1),
      fault: { class: 'deletion', line: 4, seq: 17 },
    },
    'several deleted records': {
      change: (lines) => lines.toSpliced(3, 4),
      fault: { class: 'deletion', line: 4, seq: 17 },
    },
    'two neighbours in each other’s place': {
      change: (lines) => [...lines.slice(0, 3), lines[4] ?? '', lines[3] ?? '', ...lines.slice(5)],
      fault: { class: 'swap', line: 4, seq: 17 },
    },
    'two records in each other’s place': {
      change: (lines) => lines.with(3, lines[8] ?? '').with(8, lines[3] ?? ''),
      fault: { class: 'swap', line: 4, seq: 17 },
    },
    'a record twice in a row': {
      change: (lines) => lines.toSpliced(3, 0, lines[2] ?? ''),
      fault: { class: 'duplicate', line: 4, seq: 17 },
    },
    'an old record once more': {
      change: (lines) => lines.toSpliced(8, 0, lines[3] ?? ''),
      fault: { class: 'duplicate', line: 9, seq: 22 },
    },
    'a line put in': {
      change: (lines) => lines.toSpliced(3, 0, lines[3]?.replace('item-', 'itam-') ?? ''),
      fault: { class: 'insertion', line: 4, seq: 17 },
    },
    'an empty line put in': {
      change: (lines) => lines.toSpliced(3, 0, '\n'),
      fault: { class: 'insertion', line: 4, seq: 17 },
    },
    'a last record cut off': {
      change: (lines) => lines.slice(0, -1),
      fault: { class: 'cut-tail', line: 12, seq: 25 },
    },
    'half a line cut off': {
      change: (lines) => lines.with(-1, lines.at(-1)?.slice(0, 50) ?? ''),
      fault: { class: 'cut-tail', line: 13, seq: 26 },
    },
    'the first line of a segment deleted': {
      change: (lines) => lines.slice(1),
      fault: { class: 'deletion', line: 1, seq: 14 },
    },
    'a segment emptied': { change: () => [], fault: { class: 'missing-segment', line: 0, seq: 13 } },
  };

  test.each(Object.entries(tampering))('%s', async (_, { change, fault }) => {
    const { last, anchors } = closedTrail();
    const clean = fs.readFileSync(last);
    rewrite(last, change);
    const verdict = fault.class === 'missing-segment' ? 'missing' : 'tampered';
    const expected = { verdict, file: secondFile, ...fault };
    expect(faultOf(await verifyTrail(root))).toEqual(expected);
    expect(faultOf(await verifyTrail(root, { publicKey, anchors }))).toEqual(expected);
    fs.writeFileSync(last, clean);
    expect(await verifyTrail(root, { publicKey, anchors })).toMatchObject({ verdict: 'sound' });
  });

  test('a segment or a directory under the name of another, or twice', async () => {
    const { directory, first, last } = closedTrail();
    fs.copyFileSync(first, join(directory, 'other-00000001.ndjson'));
    expect(await verifyTrail(root)).toMatchObject({ firstBad: { class: 'duplicate' } });
    fs.rmSync(join(directory, 'other-00000001.ndjson'));
    fs.renameSync(last, `${last}.aside`);
    fs.renameSync(first, last);
    fs.renameSync(`${last}.aside`, first);
    expect(await verifyTrail(root)).toMatchObject({ verdict: 'tampered', firstBad: { file: first, line: 1 } });
    fs.renameSync(first, `${first}.aside`);
    fs.renameSync(last, first);
    fs.renameSync(`${first}.aside`, last);
    fs.cpSync(directory, join(root, 'w-0123456789abcdef'), { recursive: true });
    expect(await verifyTrail(root)).toMatchObject({ verdict: 'tampered', firstBad: { class: 'swap', line: 1 } });
    fs.rmSync(join(root, 'w-0123456789abcdef'), { recursive: true });
    fs.cpSync(directory, `${directory}.live`, { recursive: true });
    expect(await verifyTrail(root)).toMatchObject({ verdict: 'tampered', firstBad: { class: 'duplicate' } });
  });

  test.each([
    ['the first', 0],
    ['the last', 1],
  ])('%s segment missing', async (_, index) => {
    const { first, last, anchors } = closedTrail();
    fs.rmSync([first, last][index] ?? '');
    for (const options of [{}, { publicKey, anchors }]) {
      const report = await verifyTrail(root, options);
      expect(report).toMatchObject({ verdict: 'missing', firstBad: { class: 'missing-segment' } });
    }
  });

  test('a segment missing between two others, and tampering behind it', async () => {
    const trail = new WrittenTrail(root, key).events(3).rotate().events(3).rotate().events(3);
    const files = fs.readdirSync(trail.close()).map((name) => join(root, trail.writer, name));
    fs.rmSync(files[1] ?? '');
    expect(await verifyTrail(root)).toMatchObject({ verdict: 'missing', firstBad: { file: files[2], line: 0 } });
    rewrite(files[2] ?? '', (lines) => lines.toSpliced(2, 1));
    expect(await verifyTrail(root)).toMatchObject({ verdict: 'tampered', firstBad: { class: 'deletion', line: 3 } });
  });

  test('a writer of which nothing is left but its anchors', async () => {
    const { directory, anchors } = closedTrail();
    new WrittenTrail(root, key).events(3).write();
    fs.rmSync(directory, { recursive: true });
    const report = await verifyTrail(root, { publicKey, anchors });
    expect(report).toMatchObject({ verdict: 'missing', firstBad: { class: 'missing-writer', seq: 26 } });
  });

  test('a chain written anew, with the same key or without one, up to its last anchor', async () => {
    const writer = 'w-00112233445566ff';
    const { anchors } = new WrittenTrail(root, key, writer).events(5).checkpoint().events(5).checkpoint();
    for (const forger of [key, undefined]) {
      fs.rmSync(join(root, `${writer}.live`), { recursive: true });
      new WrittenTrail(root, forger, writer)
        .events(2)
        .events(3, { userId: 'somebody else' })
        .checkpoint()
        .events(5)
        .write();
      const report = await verifyTrail(root, { anchors });
      expect(report).toMatchObject({ verdict: 'tampered', firstBad: { class: 'rehash', line: 7, seq: 7 } });
    }
    fs.rmSync(join(root, `${writer}.live`), { recursive: true });
    const open = new WrittenTrail(root, key, writer).events(5).checkpoint().events(4, { userId: 'not yet anchored' });
    open.write();
    expect(await verifyTrail(root, { anchors: anchors.slice(0, 1) })).toMatchObject({ verdict: 'unanchored' });
    expect(await verifyTrail(root, { anchors })).toMatchObject({
      verdict: 'tampered',
      firstBad: { class: 'cut-tail' },
    });
  });

  test('a chain signed by another key, by none, or by a forged signature', async () => {
    const other = SigningKey.read(generateSigningKeyPair().privateKey);
    const { keyId } = key;
    const sign = (text: string): ReturnType<SigningKey['sign']> => ({ ...other.sign(text), keyId });
    const forged: Signer = { keyId, publicKey, sign };
    const cases = { 'foreign-key': other, unsigned: undefined, 'forged-signature': forged };
    for (const [kind, signer] of Object.entries(cases)) {
      const trail = new WrittenTrail(root, signer).events(5).checkpoint();
      const directory = trail.close();
      const report = await verifyTrail(root, { publicKey });
      expect(report).toMatchObject({ verdict: 'tampered', firstBad: { class: kind, line: 7, seq: 7 } });
      // Without a trusted key, only what contradicts the key that the trail names can be seen.
      const unaided = await verifyTrail(root, { anchors: trail.anchors });
      expect(unaided.verdict).toBe(kind === 'forged-signature' ? 'tampered' : 'sound');
      fs.rmSync(directory, { recursive: true });
    }
  });

  test('a record whose hash is right, but that lacks what its kind has', async () => {
    for (const kind of ['retain', 'open', 'seal', 'checkpoint']) {
      const trail = new WrittenTrail(root).record({ kind }).write();
      expect(await verifyTrail(root)).toMatchObject({ verdict: 'tampered', firstBad: { line: 2 } });
      fs.rmSync(trail.directory, { recursive: true });
    }
  });

  test('a retain record that is not signed, or does not lead to what is left', async () => {
    const trail = new WrittenTrail(root, key, 'w-0000000000000001').events(3).rotate().events(3);
    fs.rmSync(join(trail.close(), 'audit-00000001.ndjson'));
    const [dropped] = trail.sealed;
    if (dropped === undefined) throw new Error('nothing was sealed');
    const unsigned = new WrittenTrail(root, undefined, 'w-0000000000000002').retain([dropped]).write();
    expect(await verifyTrail(root, { publicKey })).toMatchObject({
      faults: [{ class: 'missing-segment' }, { class: 'unsigned' }],
    });
    fs.rmSync(unsigned.directory, { recursive: true });
    new WrittenTrail(root, key).retain([{ ...dropped, sealHash: dropped.head }]).write();
    expect(await verifyTrail(root, { publicKey })).toMatchObject({
      verdict: 'tampered',
      firstBad: { class: 'edit', line: 1 },
    });
  });
});

describe('what is no file of a writer but has the name of one', () => {
  test.each([
    ['a link to a file', (directory: string, last: string) => fs.symlinkSync(last, join(directory, foreignFile))],
    ['a link to nothing', (directory: string) => fs.symlinkSync('nowhere', join(directory, foreignFile))],
    ['a directory', (directory: string) => fs.mkdirSync(join(directory, foreignFile))],
    ['a link to a directory', (directory: string) => fs.symlinkSync(directory, join(root, foreignWriter))],
    ['a file as a directory', () => fs.writeFileSync(join(root, foreignWriter), '')],
    ['a link as a directory that was set aside', () => fs.symlinkSync('nowhere', join(root, asideName))],
  ])('is named and not read: %s', async (_, put) => {
    const { directory, anchors, last } = closedTrail();
    put(directory, last);
    const report = await verifyTrail(root, { publicKey, anchors });
    expect(report).toMatchObject({ verdict: 'tampered', records: 26, firstBad: { class: 'foreign-file' } });
    const skipped: string[] = [];
    const records: unknown[] = [];
    const onUnreadable = (file: string): number => skipped.push(file);
    for await (const record of readRecords(root, { onUnreadable })) records.push(record);
    expect(records).toHaveLength(26);
    expect(skipped).toEqual([report.firstBad?.file]);
  });
});

describe('anchors', () => {
  const file = (): string => join(root, 'anchors.ndjson');

  test('are read from a file of lines, but not half a line at its end', async () => {
    const { anchors } = closedTrail();
    fs.writeFileSync(file(), `${anchors.map((anchor) => `${JSON.stringify(anchor)}\n`).join('')}{"wri`);
    expect(await verifyTrail(root, { publicKey, anchors: readAnchors(file()) })).toMatchObject({ verdict: 'sound' });
  });

  test('count once, in whatever order and from however many places they come', async () => {
    const { anchors } = closedTrail();
    const shuffled = [...anchors.toReversed(), ...anchors];
    expect(await verifyTrail(root, { publicKey, anchors: shuffled })).toMatchObject({ verdict: 'sound' });
  });

  test('hold a checkpoint or seal itself to what they say of it', async () => {
    const { anchors } = closedTrail();
    const last = anchors.at(-1);
    if (last === undefined) throw new Error('nothing is anchored');
    for (const [change, verdict] of [
      [{ closed: true }, 'sound'],
      [{ closed: false }, 'tampered'],
      [{ at: new Date(0).toISOString() }, 'tampered'],
    ] as const) {
      expect(await verifyTrail(root, { anchors: [...anchors.slice(0, -1), { ...last, ...change }] })).toMatchObject({
        verdict,
      });
    }
  });

  test('have to be signed where keys are trusted', async () => {
    const { anchors } = closedTrail();
    const forged = anchors.map((anchor) => ({ ...anchor, head: '0'.repeat(64) }));
    const report = await verifyTrail(root, { publicKey, anchors: forged });
    expect(report).toMatchObject({ verdict: 'tampered', firstBad: { class: 'forged-anchor' } });
  });

  test('that cannot be read are no reason to believe the trail', async () => {
    closedTrail();
    await expect(verifyTrail(root, { anchors: readAnchors(file()) })).rejects.toThrow('TREFOIL_AUDIT_TRAIL');
    fs.writeFileSync(file(), '{"writer":"w"}\n');
    await expect(verifyTrail(root, { anchors: readAnchors(file()) })).rejects.toThrow(`${file()}:1`);
  });
});

describe('what cannot be read is said', () => {
  test('a directory that is not there, and a key that is none', async () => {
    await expect(verifyTrail(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'TREFOIL_AUDIT_TRAIL' });
    await expect(verifyTrail(root, { publicKey: pair.privateKey })).rejects.toMatchObject({
      code: 'TREFOIL_AUDIT_KEY',
    });
    await expect(verifyTrail(root, { publicKey: 'none' })).rejects.toMatchObject({ code: 'TREFOIL_AUDIT_KEY' });
    const tooLong = Buffer.alloc(40).toString('base64');
    await expect(verifyTrail(root, { publicKey: tooLong })).rejects.toMatchObject({ code: 'TREFOIL_AUDIT_KEY' });
  });

  test('a line without an end, however long: it is not held in memory', async () => {
    const trail = new WrittenTrail(root).events(2).write();
    fs.truncateSync(trail.file, 100 * 2 ** 20);
    expect(await verifyTrail(root)).toMatchObject({ verdict: 'unanchored', records: 3 });
    fs.renameSync(trail.directory, join(root, trail.writer));
    expect(await verifyTrail(root)).toMatchObject({ verdict: 'tampered', firstBad: { class: 'cut-tail', line: 4 } });
  });
});

describe('a trail that is written while it is verified', () => {
  test('is not taken for one with missing files, when segments go and writers are closed meanwhile', async () => {
    const live = new WrittenTrail(root, key, 'w-0000000000000000').events(3).write();
    const between = new WrittenTrail(root, key, 'w-0000000000000001').events(5);
    const old = new WrittenTrail(root, key, 'w-0000000000000002').events(5).rotate().events(5);
    const [directory, place] = [old.close(), between.close()];
    let passes = 0;
    const report = await verifyTrail(root, {
      publicKey,
      onProgress: ({ file }) => {
        if (dirname(file) !== place || (passes += 1) > 1) return;
        live.retain(old.sealed.slice(0, 1)).close();
        fs.rmSync(join(directory, 'audit-00000001.ndjson'));
      },
    });
    expect(passes).toBe(2);
    expect(report).toMatchObject({ verdict: 'unanchored', faults: [] });
    expect(report.writers.map(({ state }) => state)).toEqual(['closed', 'closed', 'closed']);
  });
});

test('a public key may be given as its raw bytes, too', async () => {
  const { anchors } = closedTrail();
  const raw = createPublicKey(publicKey).export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
  expect(await verifyTrail(root, { publicKey: raw, anchors })).toMatchObject({ verdict: 'sound' });
});

test('the hashes of a trail are those that the documentation says', () => {
  const { first } = closedTrail();
  const [line = ''] = fs.readFileSync(first, 'utf8').split('\n');
  const { h, b } = JSON.parse(line) as { h: string; b: unknown };
  const hashed = Buffer.concat([Buffer.from('trefoil/1\0'), Buffer.alloc(32), Buffer.from(JSON.stringify(b))]);
  expect(h).toBe(createHash('sha256').update(hashed).digest('hex'));
});
