import * as fs from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from '../../../src/audit/journal/make-directory';
import { makeRoot } from './read-chains';

let root: string;

beforeEach(() => {
  root = makeRoot();
});

afterEach(() => fs.rmSync(root, { recursive: true }));

describe('a directory that is made', () => {
  it('comes with all that leads to it, for this user alone', () => {
    const path = join(root, 'one', 'two', 'three');
    makeDirectory(path);
    for (const made of [path, join(root, 'one')]) expect(fs.statSync(made).mode & 0o777).toBe(0o700);
  });

  it('may be there already, and stays as it is', () => {
    const path = join(root, 'there');
    fs.mkdirSync(path, { mode: 0o755 });
    fs.writeFileSync(join(path, 'file'), '');
    makeDirectory(path);
    expect(fs.readdirSync(path)).toEqual(['file']);
    expect(fs.statSync(path).mode & 0o777).toBe(0o755);
  });

  it('may be behind a link', () => {
    fs.mkdirSync(join(root, 'there'));
    fs.symlinkSync(join(root, 'there'), join(root, 'link'));
    makeDirectory(join(root, 'link', 'below'));
    expect(fs.readdirSync(join(root, 'there'))).toEqual(['below']);
  });

  it.each([
    ['a file is in the way', (path: string) => fs.writeFileSync(path, ''), 'ENOTDIR'],
    ['a link leads nowhere', (path: string) => fs.symlinkSync(join(root, 'nowhere'), path), 'EEXIST'],
  ])('is refused where %s', (_what, obstruct, code) => {
    const path = join(root, 'way');
    obstruct(path);
    expect(() => makeDirectory(join(path, 'below'))).toThrow(expect.objectContaining({ code }));
    expect(fs.readdirSync(root)).toEqual(['way']);
  });

  it('is refused where none can be made', () => {
    expect(() => makeDirectory('/proc/trefoil/audit')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });
});
