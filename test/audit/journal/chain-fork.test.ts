import { generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { verifyTrail, type TrailReport } from '../../../src/index';
import { ChainFork } from '../../../src/audit/journal/chain-fork';
import { SigningKey } from '../../../src/audit/journal/signing-key';
import { readVerifyingKey } from '../../../src/audit/journal/verifying-key';
import { makeRoot } from './read-chains';
import { WrittenTrail } from './written-trail';

const key = new SigningKey(generateKeyPairSync('ed25519').privateKey);
const otherKey = new SigningKey(generateKeyPairSync('ed25519').privateKey);

let root: string;

beforeEach(() => {
  root = makeRoot();
});

afterEach(() => fs.rmSync(root, { recursive: true }));

/** The same beginning twice, of which each goes on in its own way; gives what comes behind the beginning. */
function behind(beginning: Buffer, { directory, file }: WrittenTrail): Buffer {
  const path = fs.existsSync(file) ? file : join(directory.replace('.live', ''), 'audit-00000001.ndjson');
  const all = fs.readFileSync(path);
  expect(all.subarray(0, beginning.length).equals(beginning)).toBe(true);
  return all.subarray(beginning.length);
}

interface Split {
  /** The file of the chain that the adopter has ended, with what the stopped writer has written behind it. */
  readonly file: string;
  /** The lines of the stopped writer. */
  readonly late: Buffer;
  readonly anchors: WrittenTrail['anchors'];
  readonly from: { readonly seq: number; readonly head: string };
}

/** A writer of three events is taken over; it goes on as `goOn` says behind the end of its chain. */
function split(goOn: (late: WrittenTrail) => unknown, signer: SigningKey | undefined = key): Split {
  const writer = 'w-00000000000000aa';
  const elsewhere = join(root, 'elsewhere');
  const [ended, late] = [join(root, 'trail'), elsewhere].map((place) =>
    new WrittenTrail(place, signer, writer).checkpoint().events(3).write(),
  ) as [WrittenTrail, WrittenTrail];
  const beginning = fs.readFileSync(ended.file);
  const head = beginning.toString().trimEnd().split('\n').at(-1)?.slice(29, 93) ?? '';
  const from = { seq: ended.seq, head };
  ended.record({ kind: 'recovery', truncatedBytes: 0, unknown: 0, witnessedThrough: 2 });
  const file = join(ended.close(), 'audit-00000001.ndjson');
  goOn(late);
  late.write();
  const lines = behind(beginning, late);
  fs.appendFileSync(file, lines);
  fs.rmSync(elsewhere, { recursive: true });
  return { file, late: lines, anchors: [...ended.anchors, ...late.anchors.slice(1)], from };
}

function verify(anchors: WrittenTrail['anchors'] = []): Promise<TrailReport> {
  return verifyTrail(join(root, 'trail'), { publicKey: key.publicKey, anchors });
}

describe('a chain that has split', () => {
  it('is no tampering: what the stopped writer has written behind its last signature is unwitnessed', async () => {
    const { from } = split((late) => late.events(2).checkpoint().events(4));
    const { verdict, writers, faults } = await verify();
    expect(faults).toEqual([]);
    expect(verdict).toBe('unwitnessed');
    // Three of the beginning, and four behind the last checkpoint of the later side.
    expect(writers).toMatchObject([{ splitAt: from.seq, unwitnessed: 7, isComplete: false, events: 9 }]);
  });

  it('is told from tampering where its ends are anchored as well', async () => {
    const { anchors } = split((late) => late.events(2).checkpoint());
    expect(anchors.length).toBe(3);
    expect(await verify(anchors)).toMatchObject({ verdict: 'unwitnessed', faults: [] });
  });

  it.each([
    ['a changed event', (text: string) => text.replace('item-6', 'item-X'), 'edit'],
    ['a line too many', (text: string) => `${text}garbage\n`, 'edit'],
    [
      'a line too few',
      (text: string) =>
        text
          .split(/(?<=\n)/)
          .slice(0, 1)
          .concat(text.split(/(?<=\n)/).slice(2))
          .join(''),
      'edit',
    ],
    ['half a line', (text: string) => text.slice(0, -20), 'cut-tail'],
  ])('is tampered with where the later side has %s', async (_what, change, kind) => {
    const { file, late } = split((writer) => writer.events(4));
    const whole = fs.readFileSync(file);
    fs.writeFileSync(file, whole.subarray(0, whole.length - late.length));
    fs.appendFileSync(file, change(late.toString()));
    const { verdict, firstBad } = await verify();
    expect([verdict, firstBad?.class]).toEqual(['tampered', kind]);
  });

  it('is tampered with where a stranger has signed the later side', async () => {
    const forged = {
      ...otherKey,
      publicKey: key.publicKey,
      keyId: otherKey.keyId,
      sign: (text: string) => otherKey.sign(text),
    };
    let isLate = false;
    const signer = {
      ...key,
      keyId: key.keyId,
      publicKey: key.publicKey,
      sign: (text: string) => (isLate ? forged : key).sign(text),
    };
    split((late) => {
      isLate = true;
      late.events(2).checkpoint();
    }, signer as SigningKey);
    const { verdict, firstBad } = await verify();
    expect([verdict, firstBad?.class]).toEqual(['tampered', 'foreign-key']);
  });

  it('is tampered with where another record of the later side was anchored', async () => {
    const { anchors } = split((late) => late.events(2).checkpoint());
    const forged = anchors.map((anchor, index) =>
      index < anchors.length - 1 ? anchor : { ...anchor, head: 'f'.repeat(64) },
    );
    expect((await verify(forged)).verdict).toBe('tampered');
  });

  it('needs an adopter: whatever else stands behind a seal is an insertion', async () => {
    const trail = new WrittenTrail(join(root, 'trail'), key).checkpoint().events(3).write();
    const file = join(trail.close(), 'audit-00000001.ndjson');
    const lines = fs.readFileSync(file, 'utf8').split(/(?<=\n)/);
    fs.appendFileSync(file, lines[3] as string);
    expect((await verify()).verdict).toBe('tampered');
  });
});

describe('the later side of a chain', () => {
  function forkOf({ late, from }: Split): { readonly fork: ChainFork; readonly take: () => (string | undefined)[] } {
    const fork = new ChainFork('w-00000000000000aa', [readVerifyingKey(key.publicKey)], from);
    const take = (): (string | undefined)[] => {
      const kinds: (string | undefined)[] = [];
      for (let start = 0; start < late.length; start = late.indexOf(0x0a, start) + 1) {
        const record = fork.take(late, start, late.indexOf(0x0a, start));
        kinds.push(record?.kind);
        if (record !== undefined) expect(fork.judge(record)).toBeUndefined();
      }
      return kinds;
    };
    return { fork, take };
  }

  it('follows the record at which the chain was taken over, and is signed as far as its checkpoints say', () => {
    const one = split((late) => late.events(2).checkpoint().events(1));
    const { fork, take } = forkOf(one);
    expect(fork.signedThrough).toBe(one.from.seq);
    expect(take()).toEqual(['event', 'event', 'checkpoint', 'event']);
    expect(fork.seq).toBe(one.from.seq + 4);
    expect(fork.signedThrough).toBe(one.from.seq + 3);
  });

  it('takes nothing that follows another record', () => {
    const one = split((late) => late.events(2));
    const { take } = forkOf({ ...one, from: { ...one.from, head: 'f'.repeat(64) } });
    expect(take()).toEqual([undefined, undefined]);
  });

  it('takes nothing with another number', () => {
    const one = split((late) => {
      late.seq += 1;
      late.events(1);
    });
    expect(forkOf(one).take()).toEqual([undefined]);
  });
});
