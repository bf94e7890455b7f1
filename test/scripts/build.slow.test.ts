// The build, in a checkout of its own that has nothing but one module.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const temporary = join(root, 'var/test-tmp');
let checkout: string;

beforeAll(() => {
  mkdirSync(temporary, { recursive: true });
  checkout = mkdtempSync(join(temporary, 'build-'));
  for (const path of ['scripts/build.mjs', 'tsconfig.json', 'tsconfig.build.json']) {
    cpSync(join(root, path), join(checkout, path));
  }
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'), 'junction');
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: object };
  const entry = Object.fromEntries(Object.entries(exports).filter(([subpath]) => subpath === '.'));
  writeFileSync(join(checkout, 'package.json'), JSON.stringify({ name: 'built', exports: entry }));
  mkdirSync(join(checkout, 'src'));
  write('src/index.ts', 'export const answer = 42;\n');
});
afterAll(() => rmSync(checkout, { recursive: true, force: true }));

function write(file: string, text: string): void {
  writeFileSync(join(checkout, file), text);
}

const read = (file: string): string => readFileSync(join(checkout, file), 'utf8');

/** Builds, and tells which `dist` there is afterwards: each is a folder of its own. */
function build(): number {
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: checkout });
  return statSync(join(checkout, 'dist')).ino;
}

test('a build keeps what was built as long as neither that nor its sources have changed', () => {
  const first = build();
  expect(read('dist/index.mjs')).toContain('answer');
  expect(build()).toBe(first);

  write('src/index.ts', 'export const question = 42;\n');
  const second = build();
  expect(second).not.toBe(first);
  expect(read('dist/index.mjs')).toContain('question');
  expect(build()).toBe(second);

  write('dist/index.js', '');
  expect(build()).not.toBe(second);
  expect(read('dist/index.js')).toContain('question');
}, 120_000);
