import { createHash } from 'node:crypto';
import {
  bodyAt,
  chainStart,
  decodeLine,
  encodeRecord,
  hashRecord,
  lineOverhead,
  signedText,
} from '../../../src/audit/journal/journal-record';

const body = '{"seq":1,"kind":"gap","at":"2026-01-02T03:04:05.678Z","reason":"ключ 鍵 🔑"}';

const sha256 = (...parts: readonly (string | Buffer)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

describe('the line of a record', () => {
  it('holds the hash before it, its own hash over the stored bytes, and its body', () => {
    const first = encodeRecord(chainStart, body);
    const hash = sha256('trefoil/1\0', Buffer.alloc(32), body);
    expect(first.hash).toEqual(hash);
    expect(first.line.toString()).toBe(`{"p":"0000000000000000","h":"${hash.toString('hex')}","b":${body}}\n`);
    const second = encodeRecord(first.hash, '{"seq":2}');
    const previous = first.hash.toString('hex').slice(0, 16);
    expect(JSON.parse(second.line.toString())).toEqual({
      p: previous,
      h: sha256('trefoil/1\0', first.hash, '{"seq":2}').toString('hex'),
      b: { seq: 2 },
    });
  });

  it('is taken apart into what it was made of, with and without its line feed', () => {
    const { line, hash } = encodeRecord(chainStart, body);
    for (const given of [line, line.subarray(0, -1)]) {
      const decoded = decodeLine(given);
      expect(decoded).toEqual({ previous: '0'.repeat(16), hash: hash.toString('hex'), body: Buffer.from(body) });
      expect(hashRecord(chainStart, decoded?.body ?? Buffer.alloc(0))).toEqual(hash);
    }
    expect(line.length).toBe(Buffer.byteLength(body) + lineOverhead);
    expect(line.subarray(bodyAt, bodyAt + 7).toString()).toBe('{"seq":');
  });

  it('is not recognised when it is cut anywhere', () => {
    const { line } = encodeRecord(chainStart, '{"seq":1,"nested":{}}');
    const recognised = Array.from({ length: line.length }, (_, end) => end).filter((end) => {
      const decoded = decodeLine(line.subarray(0, end));
      return decoded !== undefined && hashRecord(chainStart, decoded.body).toString('hex') === decoded.hash;
    });
    expect(recognised).toEqual([line.length - 1]);
  });

  it('never passes with a single bit of it changed', () => {
    const { line } = encodeRecord(chainStart, '{"seq":1}');
    const passed: number[] = [];
    for (let bit = 0; bit < line.length * 8; bit += 1) {
      const changed = Buffer.from(line);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const decoded = changed.at(-1) === 0x0a ? decodeLine(changed) : undefined;
      if (decoded === undefined || decoded.previous !== '0'.repeat(16)) continue;
      if (hashRecord(chainStart, decoded.body).toString('hex') === decoded.hash) passed.push(bit);
    }
    expect(passed).toEqual([]);
  });

  it.each([
    ['an empty one', ''],
    ['a bare event', '{"event_id":"1","event_type":"read"}'],
    [
      'upper-case digits',
      encodeRecord(chainStart, '{}').line.toString().replace('0000000000000000', '000000000000000A'),
    ],
    ['a body that is no object', encodeRecord(chainStart, '[1]').line.toString()],
    ['other spacing', encodeRecord(chainStart, '{}').line.toString().replace('","h":"', '", "h":"')],
  ])('is not seen in %s', (_what, line) => {
    expect(decodeLine(Buffer.from(line))).toBeUndefined();
  });
});

it('a signature stands for the kind, the writer, the place and the head', () => {
  expect(signedText('seal', 'w-0123456789abcdef', 7, 'ab'.repeat(32))).toBe(
    `trefoil/1 seal\0w-0123456789abcdef\x007\0${'ab'.repeat(32)}`,
  );
});
