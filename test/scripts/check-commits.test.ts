import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const script = join(__dirname, '../../scripts/check-commits.mjs');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trefoil-commits-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function git(cwd: string, ...args: readonly string[]): void {
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@localhost'];
  execFileSync('git', [...who, ...args], { cwd, stdio: 'ignore' });
}

/** A repository with these subjects. */
function repository(...subjects: readonly string[]): string {
  git(folder, 'init', '.');
  for (const subject of subjects) git(folder, 'commit', '--allow-empty', '-m', subject);
  return folder;
}

function check(cwd: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { cwd, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

test('a subject has 72 characters at most, however many bytes they take', () => {
  const longest = 'é'.repeat(72);
  expect(check(repository('Add an order', longest))).toEqual({
    status: 0,
    output: '2 commits, 0 with too long a subject\n',
  });
  git(folder, 'commit', '--allow-empty', '-m', `${longest}!`);
  const { status, output } = check(folder);
  expect(status).toBe(1);
  expect(output).toContain(`${longest}!`);
  expect(output).toContain('3 commits, 1 with too long a subject');
});

test('a shallow clone is checked as far as it goes', () => {
  const full = repository('x'.repeat(73), 'Add an order');
  git(full, 'clone', '--depth=1', pathToFileURL(full).href, 'shallow');
  expect(check(join(full, 'shallow'))).toEqual({ status: 0, output: '1 commits, 0 with too long a subject\n' });
});

test('there is nothing to check where the files are no clone', () => {
  expect(check(folder)).toEqual({ status: 0, output: 'Nothing to check: this is no clone.\n' });
});
