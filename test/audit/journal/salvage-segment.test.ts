import * as fs from 'node:fs';
import { join } from 'node:path';
import { emptyChain } from '../../../src/audit/journal/line-encoder';
import { findDirectory, restoreFile, survivorsIn } from '../../../src/audit/journal/salvage-segment';
import { makeRoot } from './read-chains';
import { WrittenTrail } from './written-trail';

let root: string;
let trail: WrittenTrail;
let descriptor: number;

beforeEach(() => {
  root = makeRoot();
  trail = new WrittenTrail(root).events(5).write();
  descriptor = fs.openSync(trail.file, 'r+');
});

afterEach(() => {
  fs.closeSync(descriptor);
  fs.rmSync(root, { recursive: true });
});

function lines(): string[] {
  return fs.readFileSync(trail.file, 'utf8').split(/(?<=\n)/);
}

const numbers = (): number[] => [...survivorsIn(descriptor, emptyChain)].map(({ seq }) => seq);

describe('what survives of a damaged file', () => {
  it('is every record, with its text and where the next one begins', () => {
    const survivors = [...survivorsIn(descriptor, emptyChain)];
    expect(survivors.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(survivors[0]?.text).toMatch(/^"kind":"open"/);
    expect(survivors.at(-1)?.end).toBe(fs.statSync(trail.file).size);
    expect(survivors.map(({ head }) => head)).toEqual(lines().map((line) => line.slice(29, 93)));
  });

  it('is nothing where the chain did not begin there', () => {
    expect([...survivorsIn(descriptor, { seq: 1, head: 'f'.repeat(64) })]).toEqual([]);
  });

  it.each([
    ['is cut off in the middle of a line', (all: string[]) => [...all.slice(0, 4), all[4]?.slice(0, 50)], 4],
    ['is cut off before the end of a line', (all: string[]) => [...all.slice(0, 4), all[4]?.trimEnd()], 4],
    ['has garbage in it', (all: string[]) => [...all.slice(0, 2), 'garbage\n', ...all.slice(2)], 2],
    ['lacks a line', (all: string[]) => [...all.slice(0, 2), ...all.slice(3)], 2],
    ['has a line twice', (all: string[]) => [...all.slice(0, 3), ...all.slice(2)], 3],
    ['has a line that was changed', (all: string[]) => all.map((line) => line.replace('item-3', 'item-X')), 3],
    ['is empty', () => [], 0],
  ])('ends where the file %s', (_what, damage, count) => {
    const damaged = damage(lines()).join('');
    fs.ftruncateSync(descriptor);
    fs.writeSync(descriptor, damaged, 0);
    expect(numbers()).toHaveLength(count);
  });

  it('ends where an adopter has begun to end the chain', () => {
    trail.record({ kind: 'recovery', truncatedBytes: 0, unknown: 0 }).event().write();
    expect(numbers()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('can be read where the file has no name any more', () => {
    fs.rmSync(trail.file);
    expect(numbers()).toHaveLength(6);
  });
});

describe('a file that is put back', () => {
  const name = (): string => trail.file.slice(trail.directory.length + 1);
  const restore = (size: number): boolean => restoreFile(descriptor, size, trail.directory, name());

  it('is as long as what survives, with a new file under the old name', () => {
    const whole = fs.readFileSync(trail.file);
    const { ino } = fs.statSync(trail.file);
    fs.rmSync(trail.file);
    expect(restore(200)).toBe(true);
    expect(fs.readFileSync(trail.file)).toEqual(whole.subarray(0, 200));
    expect(fs.statSync(trail.file).ino).not.toBe(ino);
    expect(fs.statSync(trail.file).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['a file', () => fs.writeFileSync(trail.file, 'other'), 'other'],
    ['a link', () => fs.symlinkSync('/etc/hostname', trail.file), undefined],
  ])('moves aside %s that stands in its place', (_what, put, content) => {
    fs.rmSync(trail.file);
    put();
    expect(restore(100)).toBe(true);
    const [aside = ''] = fs.readdirSync(trail.directory).filter((file) => file.endsWith('.displaced'));
    if (content === undefined) expect(fs.lstatSync(join(trail.directory, aside)).isSymbolicLink()).toBe(true);
    else expect(fs.readFileSync(join(trail.directory, aside), 'utf8')).toBe(content);
    expect(fs.lstatSync(trail.file).isFile()).toBe(true);
  });

  it('is not put back, not even in part, where it has become shorter meanwhile', () => {
    fs.rmSync(trail.file);
    expect(restore(1_000_000)).toBe(false);
    expect(fs.existsSync(trail.file)).toBe(false);
  });

  it('is not put back where its directory is gone', () => {
    fs.rmSync(trail.directory, { recursive: true });
    expect(restore(100)).toBe(false);
  });
});

describe('the directory of a writer', () => {
  it('is found under whatever name it has by now', () => {
    expect(findDirectory(root, trail.writer)).toBe(trail.directory);
    const adopted = join(root, `${trail.writer}.adopted-w-0000000000000000`);
    fs.renameSync(trail.directory, adopted);
    expect(findDirectory(root, trail.writer)).toBe(adopted);
  });

  it('is not found where it is gone, or the root is', () => {
    expect(findDirectory(root, 'w-0000000000000000')).toBeUndefined();
    expect(findDirectory(join(root, 'gone'), trail.writer)).toBeUndefined();
  });
});
