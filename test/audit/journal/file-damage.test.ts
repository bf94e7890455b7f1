import * as fs from 'node:fs';
import { join } from 'node:path';
import { findDamage, saysGone, type FileDamageCode } from '../../../src/audit/journal/file-damage';
import { makeRoot } from './read-chains';

const size = 10;
let root: string;
let path: string;
let descriptor: number;

beforeEach(() => {
  root = makeRoot();
  path = join(root, 'file');
  fs.writeFileSync(path, 'x'.repeat(size));
  descriptor = fs.openSync(path, 'r+');
});

afterEach(() => {
  fs.closeSync(descriptor);
  fs.rmSync(root, { recursive: true });
});

function damage(sizes = { least: size, most: size }): FileDamageCode | undefined {
  return findDamage(fs.fstatSync(descriptor), fs.lstatSync(path, { throwIfNoEntry: false }), sizes)?.code;
}

describe('the damage of a file that is open', () => {
  const deeds: [string, FileDamageCode | undefined, () => void][] = [
    ['nothing', undefined, () => undefined],
    ['another name beside its own', undefined, () => fs.linkSync(path, join(root, 'other'))],
    ['its removal', 'file_gone', () => fs.rmSync(path)],
    ['another name', 'file_gone', () => fs.renameSync(path, join(root, 'other'))],
    [
      'another file in its place',
      'file_replaced',
      () => {
        fs.renameSync(path, join(root, 'other'));
        fs.writeFileSync(path, 'x'.repeat(size));
      },
    ],
    [
      'a link to it in its place',
      'file_replaced',
      () => {
        fs.renameSync(path, join(root, 'other'));
        fs.symlinkSync(join(root, 'other'), path);
      },
    ],
    [
      'its removal, with another file in its place',
      'file_gone',
      () => {
        fs.rmSync(path);
        fs.writeFileSync(path, 'x'.repeat(size));
      },
    ],
    ['a cut', 'file_cut', () => fs.truncateSync(path, size - 1)],
    ['what somebody has added', 'file_grown', () => fs.appendFileSync(path, 'x')],
  ];

  it.each(deeds)('is found after %s: %s', (_what, code, deed) => {
    deed();
    expect(damage()).toBe(code);
  });

  it('is none where a write is under way: any size between the two is in order', () => {
    for (const [least, most, code] of [
      [size - 3, size, undefined],
      [size, size + 3, undefined],
      [size + 1, size + 3, 'file_cut'],
      [size - 3, size - 1, 'file_grown'],
    ] as const)
      expect(damage({ least, most })).toBe(code);
  });

  it('is proved by what says that there is no such file, and by nothing else', () => {
    const error = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });
    expect(['ENOENT', 'ENOTDIR', 'EIO', 'EACCES', 'EMFILE', 'ESTALE'].filter((code) => saysGone(error(code)))).toEqual([
      'ENOENT',
      'ENOTDIR',
    ]);
  });
});
