// The same as verify-trail.test.ts in small steps: every bit, every offset, and tampering at random.
import * as fc from 'fast-check';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChainVerifier } from '../../src/audit/journal/chain-verifier';
import { DroppedSegments } from '../../src/audit/journal/dropped-segments';
import { SigningKey } from '../../src/audit/journal/signing-key';
import { generateSigningKeyPair } from '../../src/audit/journal/verifying-key';
import { WriterAnchors } from '../../src/audit/journal/trail-anchors';
import { listSegments, listWriters, type Segment } from '../../src/audit/journal/trail-layout';
import type { TrailFault } from '../../src/audit/journal/trail-report';
import { verifyTrail } from '../../src/audit/journal/verify-trail';
import { WrittenTrail } from './journal/written-trail';

const { privateKey } = generateSigningKeyPair();
const key = SigningKey.read(privateKey);

let root: string;

beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'trefoil-trail-'));
});

afterEach(() => fs.rmSync(root, { recursive: true }));

/** What `verifyTrail` does, from memory, with three segments that follow each other. */
async function verifierInMemory(): Promise<(parts: readonly Part[]) => TrailFault | undefined> {
  const [directory] = await listWriters(root);
  if (directory === undefined) throw new Error('there is no trail');
  const anchors = new WriterAnchors();
  return (parts) => {
    const chain = new ChainVerifier(directory, { keys: [], anchors, isHeld: false, dropped: new DroppedSegments() });
    for (const { segment, bytes } of parts) {
      const whole = bytes.lastIndexOf(0x0a) + 1;
      chain.beginSegment(segment);
      chain.lines(bytes.subarray(0, whole));
      if (whole < bytes.length) chain.unfinished(bytes.subarray(whole));
    }
    return chain.end().fault;
  };
}

interface Part {
  readonly segment: Segment;
  readonly bytes: Buffer;
}

test('every flipped bit of 200 records is found, in its very line', async () => {
  const trail = new WrittenTrail(root);
  for (let count = 0; count < 19; count += 1) trail.events(8).rotate();
  const segments = await listSegments((trail.events(8), trail.close()));
  const parts = segments.map((segment) => ({ segment, bytes: fs.readFileSync(segment.file) }));
  const verify = await verifierInMemory();
  expect(verify(parts)).toBeUndefined();
  const undetected: string[] = [];
  let [flips, lines] = [0, 0];
  for (const [index, { segment, bytes }] of parts.entries()) {
    // A chain whose first segments are gone is verified like any other from there on: nearby is enough, and soon done.
    const [before, after] = [parts.slice(Math.max(0, index - 1), index), parts.slice(index + 1, index + 2)];
    let line = 1;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      for (let bit = 0; bit < 8; bit += 1) {
        bytes[at] = byte ^ (1 << bit);
        const fault = verify([...before, { segment, bytes }, ...after]);
        if (fault?.file !== segment.file || fault.line !== line) undetected.push(`${segment.file}: ${at} bit ${bit}`);
        flips += 1;
      }
      bytes[at] = byte;
      if (byte === 0x0a) line += 1;
    }
    lines += line - 1;
  }
  expect(undetected).toEqual([]);
  expect(lines).toBe(200);
  expect(flips).toBe(parts.reduce((sum, { bytes }) => sum + bytes.length, 0) * 8);
}, 240_000);

test.each(['closed', 'open'])(
  'every truncation of the last segment is found up to the last anchor: %s',
  async (state) => {
    const trail = new WrittenTrail(root, key).events(2).rotate().events(2).checkpoint();
    const { file } = trail.write();
    const anchored = fs.statSync(file).size;
    trail.events(2).write();
    const { anchors } = trail;
    const cut = state === 'open' ? file : file.replace('.live', '');
    if (state === 'closed') trail.close();
    const cutAnchors = anchors.slice(0, 2);
    const wrong: string[] = [];
    for (let size = fs.statSync(cut).size - 1; size >= 0; size -= 1) {
      fs.truncateSync(cut, size);
      const { verdict } = await verifyTrail(root, { anchors: cutAnchors });
      const isRight = size < anchored || state === 'closed' ? /^(tampered|missing)$/ : /^unanchored$/;
      if (!isRight.test(verdict)) wrong.push(`${size}: ${verdict}`);
    }
    expect(wrong).toEqual([]);
  },
  240_000,
);

type Tampering = (lines: string[]) => string[];

/** Places are shares of the lines, so that a shrunk case stays a case. */
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const tampering: fc.Arbitrary<Tampering> = fc.oneof(
  place.map<Tampering>((at) => (lines) => lines.toSpliced(at * lines.length, 1)),
  fc.tuple(place, place).map<Tampering>(([from, to]) => (lines) => {
    return lines.toSpliced(to * lines.length, 0, lines[Math.floor(from * lines.length)] ?? '');
  }),
  fc.tuple(place, place).map<Tampering>(([one, other]) => (lines) => {
    const [a, b] = [Math.floor(one * lines.length), Math.floor(other * lines.length)];
    return lines.with(a, lines[b] ?? '').with(b, lines[a] ?? '');
  }),
  fc.tuple(place, place, fc.nat(255)).map<Tampering>(([at, column, byte]) => (lines) => {
    const line = Buffer.from(lines[Math.floor(at * lines.length)] ?? '', 'latin1');
    line[Math.floor(column * line.length)] = byte;
    return lines.with(Math.floor(at * lines.length), line.toString('latin1'));
  }),
  place.map<Tampering>((at) => (lines) => lines.slice(0, Math.max(1, at * lines.length))),
);

test('whatever is done to the lines of an anchored trail is found, and nothing else is', async () => {
  const trail = new WrittenTrail(root, key).events(6).checkpoint().events(6);
  const file = join(trail.close(), 'audit-00000001.ndjson');
  const clean = fs.readFileSync(file, 'latin1');
  await fc.assert(
    fc.asyncProperty(fc.array(tampering, { minLength: 1, maxLength: 3 }), async (steps) => {
      let lines = clean.split(/(?<=\n)/);
      for (const step of steps) if (lines.length > 0) lines = step(lines);
      fs.writeFileSync(file, lines.join(''), 'latin1');
      const { verdict } = await verifyTrail(root, { publicKey: key.publicKey, anchors: trail.anchors });
      expect(verdict === 'sound').toBe(lines.join('') === clean);
      expect(verdict).not.toBe('unanchored');
    }),
    { numRuns: 500 },
  );
}, 120_000);
