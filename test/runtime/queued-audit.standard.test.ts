import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compileProgram, runProgram, type Program } from './run-program';

/** Several batches, and less than half of the queue, which would be written out at once. */
const count = 1_000;

const everything = Array.from({ length: count }, (_, index) => String(index));

let program: Program;

function written(): string[] {
  const file = join(program.folder, 'written');
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  rmSync(file);
  return lines;
}

beforeAll(() => {
  program = compileProgram('queued-audit');
});

afterAll(() => program.remove());

test.each([
  ['the event loop runs empty', 'empty', 0],
  ['the event loop runs empty, and the backend is slow', 'slow empty', 0],
  ['it calls process.exit()', 'exit', 3],
  ['it throws', 'throw', 1],
])('a queue loses nothing when the process ends because %s', async (_how, scenario, expected) => {
  const { code } = await runProgram(program, [scenario, String(count)]);
  expect(code).toBe(expected);
  expect(written()).toEqual(everything);
});

test.each(['SIGTERM', 'slow SIGTERM'])(
  'the runtime writes it out when a signal ends the process: %s',
  async (scenario) => {
    const { signal } = await runProgram(program, [scenario, String(count)], (line, kill) => {
      if (line === 'ready') kill('SIGTERM');
    });
    expect(signal).toBe('SIGTERM');
    expect(written()).toEqual(everything);
  },
);
