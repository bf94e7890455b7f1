import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '../../src/index';
import { compileProgram, runProgram, type Program } from './run-program';

const root = join(__dirname, '..', '..');
const ours = join(root, 'node_modules', '@opentelemetry', 'api');
let program: Program;
let copy: string;

beforeEach(() => {
  program = compileProgram('two-apis');
  copy = join(program.folder, 'node_modules', '@opentelemetry', 'api');
  cpSync(ours, copy, { recursive: true });
});

afterEach(() => program.remove());

function setVersion(version: string): void {
  const file = join(copy, 'build', 'src', 'version.js');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/VERSION = '[^']+'/, `VERSION = '${version}'`));
}

async function run(...args: string[]): Promise<{ problems: Problem[]; reports: Record<string, number> }> {
  const { lines, code } = await runProgram(program, [root, ...args]);
  expect(code).toBe(0);
  return JSON.parse(lines[0] ?? '') as { problems: Problem[]; reports: Record<string, number> };
}

test('two copies of the OpenTelemetry API are reported with both places', async () => {
  const { problems, reports } = await run();
  expect(reports).toMatchObject({ TREFOIL_OTEL_API_DUPLICATED: 1 });
  expect(problems).toHaveLength(1);
  expect(problems[0]?.where).toContain(copy);
  expect(problems[0]?.where).toContain(ours);
  expect(problems[0]?.message).toContain('npm dedupe');
});

test('a copy that cannot use what the application has set up is reported with both places', async () => {
  setVersion('1.99.0');
  const { problems, reports } = await run('set up');
  expect(reports).toMatchObject({ TREFOIL_OTEL_API_DUPLICATED: 1 });
  expect(problems).toHaveLength(1);
  expect(problems[0]?.where).toContain(copy);
  expect(problems[0]?.where).toContain(ours);
  expect(problems[0]?.message).toContain('nothing is carried');
});

test('a copy of another version is reported with both places', async () => {
  setVersion('1.8.0');
  const { problems, reports } = await run('set up');
  expect(reports).toMatchObject({ TREFOIL_OTEL_API_DUPLICATED: 1 });
  expect(problems).toHaveLength(1);
});
