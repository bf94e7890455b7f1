// What README.md lets a newcomer copy and run, against the built package.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';

const root = join(__dirname, '..');
const [, section = ''] = readFileSync(join(root, 'README.md'), 'utf8').split(/^## Start it$/m);
const [code = '', expected = ''] = ['ts', 'text'].map(
  (language) => new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(section)?.[1],
);
const parent = join(root, 'var', 'test-tmp');
let folder: string;

beforeAll(() => {
  if (!existsSync(join(root, 'dist/index.js'))) execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: root });
  mkdirSync(parent, { recursive: true });
  folder = mkdtempSync(join(parent, 'first-run-'));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs it as a newcomer does, with no variable set; the port of the metrics may be taken on a shared machine. */
function run(legacy: boolean): { status: number | null; stdout: string; stderr: string } {
  const file = join(folder, 'start.mjs');
  const compiled = transformSync(code, {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    sourcefile: 'start.mts',
    sourcemap: 'inline',
    tsconfigRaw: { compilerOptions: { experimentalDecorators: legacy } },
  });
  writeFileSync(file, compiled.code);
  return spawnSync(process.execPath, ['--enable-source-maps', file], {
    cwd: folder,
    env: { PATH: process.env['PATH'], PROMETHEUS_PORT: '0' },
    encoding: 'utf8',
    timeout: 30_000,
  });
}

/** Times, ids and durations as placeholders; of a stack what it says and its first frame. */
function shapeOf(output: string): string[] {
  const lines = output.trimEnd().split('\n');
  const frames = lines.findIndex((line) => line.startsWith('        at '));
  return lines
    .filter((line, index) => index <= frames || !line.startsWith('        '))
    .map((line) =>
      line
        .replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/, '<time>')
        .replaceAll(/=(?:[0-9a-f-]{36}|[0-9a-f]{4}…)/g, '=<id>')
        .replaceAll(/duration_ms=[\d.]+/g, 'duration_ms=<ms>')
        .replace(/at _?OrderStore\.total \(.*start\.mts:\d+:\d+\)/, 'at OrderStore.total (start.mts)'),
    );
}

describe('the first program of README.md', () => {
  it.each([
    ['standard', false],
    ['legacy', true],
  ])('writes what stands beside it, and ends by itself (%s decorators)', (_, legacy) => {
    const { status, stdout, stderr } = run(legacy);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(shapeOf(stdout)).toEqual(shapeOf(expected));
    expect(shapeOf(expected).map((line) => line.slice(0, 15))).toEqual([
      '<time> DEBUG   ',
      '<time> INFO    ',
      '<time> ERROR   ',
      '    Error: Ther',
      '        at Orde',
    ]);
  });
});
