import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import {
  exclusive,
  openToChange,
  readOnly,
  readRegularFile,
  replaceFile,
  replaceFileLater,
  whoElseWrites,
} from '../../../src/audit/journal/safe-open';
import { makeRoot } from './read-chains';

let root: string;
let path: string;
let precious: string;

beforeEach(() => {
  root = makeRoot();
  path = join(root, 'file');
  precious = join(root, 'precious');
  fs.writeFileSync(precious, 'precious');
});

afterEach(() => {
  expect(fs.readFileSync(precious, 'utf8')).toBe('precious');
  fs.rmSync(root, { recursive: true });
});

const pipe = (): void => void spawnSync('mkfifo', [path]);
const link = (): void => fs.symlinkSync(precious, path);
const hardLink = (): void => fs.linkSync(precious, path);
const directory = (): void => fs.mkdirSync(path);

describe('a file in a directory that others may write to', () => {
  it('is opened to be changed where it is a regular one of this user, with one name', () => {
    fs.writeFileSync(path, 'whole');
    const descriptor = openToChange(path, fs.constants.O_RDWR);
    fs.ftruncateSync(descriptor, 3);
    fs.closeSync(descriptor);
    expect(fs.readFileSync(path, 'utf8')).toBe('who');
  });

  it.each([
    ['a link', link, 'ELOOP'],
    ['a hard link', hardLink, 'EPERM'],
    ['a pipe', pipe, 'EPERM'],
    ['a directory', directory, 'EISDIR'],
  ])('is not opened to be changed where it is %s', (_what, put, code) => {
    put();
    expect(() => openToChange(path, fs.constants.O_RDWR)).toThrow(expect.objectContaining({ code }));
  });

  it('is not opened to be changed where it is another user’s', () => {
    if (process.geteuid?.() !== 0) return;
    fs.writeFileSync(path, '');
    fs.chownSync(path, 65_534, 65_534);
    expect(() => openToChange(path, fs.constants.O_RDWR)).toThrow('another user’s, and is not changed');
  });

  it('leaves no descriptor open where it is refused', () => {
    const open = (): number => fs.readdirSync('/proc/self/fd').length;
    hardLink();
    const before = open();
    for (let time = 0; time < 20; time += 1) expect(() => openToChange(path, fs.constants.O_RDWR)).toThrow();
    expect(open()).toBe(before);
  });

  it.each([
    ['a link', link],
    ['a hard link', hardLink],
    ['a file that a crash has left', () => fs.writeFileSync(path, 'left')],
    ['a pipe', pipe],
    ['nothing', () => undefined],
  ])('is replaced by one of its own where there is %s', async (_what, put) => {
    const ways: (() => void | Promise<void>)[] = [
      () => replaceFile(path, 'new', { flush: true }),
      () => replaceFileLater(path, 'new'),
    ];
    for (const replace of ways) {
      fs.rmSync(path, { force: true });
      put();
      await replace();
      expect(fs.readFileSync(path, 'utf8')).toBe('new');
      const stats = fs.lstatSync(path);
      expect([stats.isFile(), stats.nlink, stats.mode & 0o777]).toEqual([true, 1, 0o600]);
    }
  });

  it('is not replaced where it is a directory', async () => {
    directory();
    expect(() => replaceFile(path, 'new', { flush: false })).toThrow();
    await expect(replaceFileLater(path, 'new')).rejects.toThrow();
  });

  it.each([
    ['a link', link, 'ELOOP'],
    ['a link that leads nowhere', () => fs.symlinkSync(join(root, 'nowhere'), path), 'ELOOP'],
  ])('is not read where it is %s', (_what, put, code) => {
    put();
    expect(() => readRegularFile(path)).toThrow(expect.objectContaining({ code }));
    expect(() => fs.openSync(path, readOnly)).toThrow(expect.objectContaining({ code }));
  });

  it('is not waited for where it is a pipe that nobody writes to', () => {
    pipe();
    expect(() => readRegularFile(path)).toThrow('is no regular file');
  });

  it('is made anew or not at all', () => {
    for (const put of [link, hardLink, pipe]) {
      fs.rmSync(path, { force: true });
      put();
      const open = (): number => fs.openSync(path, fs.constants.O_WRONLY | exclusive, 0o600);
      expect(open).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    }
  });
});

describe('a directory', () => {
  it.each([
    [0o700, undefined],
    [0o755, undefined],
    [0o770, 'every user of its group'],
    [0o707, 'every user'],
    [0o1777, 'every user'],
  ])('with the mode %o may be written to by %s', (mode, who) => {
    fs.chmodSync(root, mode);
    expect(whoElseWrites(root)).toBe(who);
  });

  it('of another user may be written to by that one', () => {
    if (process.geteuid?.() !== 0) return;
    fs.chownSync(root, 65_534, 65_534);
    expect(whoElseWrites(root)).toBe('its owner, the user 65534');
  });
});
