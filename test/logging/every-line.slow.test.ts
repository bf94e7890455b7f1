import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compileProgram, type Program } from '../runtime/run-program';

let program: Program;

beforeAll(() => {
  program = compileProgram('log-lines', { programs: join(__dirname, 'programs') });
});

afterAll(() => program.remove());

type Output = 'a file' | 'standard output as a pipe' | 'standard output as a file';

interface Run {
  readonly ending: string;
  readonly count: number;
  readonly format: 'json' | 'readable';
  readonly output: Output;
  readonly signal?: NodeJS.Signals;
  readonly signals?: boolean;
}

/** Everything that is found where the program has logged to. */
function outputOf({ ending, count, format, output, signal, signals = true }: Run): Promise<string> {
  const file = join(program.folder, 'out.log');
  rmSync(file, { force: true });
  const path = output === 'a file' ? file : '-';
  const descriptor = output === 'standard output as a file' ? openSync(file, 'w') : undefined;
  return new Promise((resolve, reject) => {
    const args = [program.file, ending, String(count), format, path, signals ? 'signals' : 'no signals'];
    const child = spawn(process.execPath, args, {
      cwd: program.folder,
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', descriptor ?? 'pipe', 'pipe'],
    });
    let piped = '';
    let errors = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (piped += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
      if (errors.includes('ready') && signal !== undefined) child.kill(signal);
    });
    child.on('error', reject);
    child.on('close', () => {
      if (descriptor !== undefined) closeSync(descriptor);
      resolve(output === 'standard output as a pipe' ? piped : readFileSync(file, 'utf8'));
    });
  });
}

/** The numbers of the lines, each of which has to be a whole one. */
function numbers(text: string, format: Run['format']): number[] {
  expect(text.endsWith('\n')).toBe(true);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => {
      if (format === 'json') return (JSON.parse(line) as { index: number }).index;
      return Number(/ line (\d+) index=\1 /.exec(line)?.[1]);
    });
}

/** What a pipe does not hold waits in the process, for which a process that is killed has no time. */
function countFor(output: Output, isKilled: boolean): number {
  return isKilled && output === 'standard output as a pipe' ? 100 : 2_000;
}

const outputs: readonly Output[] = ['a file', 'standard output as a pipe', 'standard output as a file'];

describe.each(outputs)('every line is in %s', (output) => {
  describe.each(['json', 'readable'] as const)('as %s', (format) => {
    test.each([
      ['normal exit', 2_000],
      ['process.exit at once', 2_000],
      ['process.exit in a handler', 2_001],
      ['an uncaught throw', 2_000],
      ['an unhandled rejection', 2_000],
      ['abort', 2_000],
    ])('after %s', async (ending, written) => {
      const count = countFor(output, ending === 'abort');
      const text = await outputOf({ ending, count, format, output });
      expect(numbers(text, format)).toEqual(Array.from({ length: count + written - 2_000 }, (_, index) => index));
    });

    test.each([
      ['SIGTERM', true],
      ['SIGINT', true],
      ['SIGTERM', false],
      ['SIGKILL', true],
    ] as const)('after %s, with signals: %s', async (signal, signals) => {
      const count = countFor(output, signal === 'SIGKILL' || !signals);
      const text = await outputOf({ ending: 'a signal', count, format, output, signal, signals });
      expect(numbers(text, format)).toEqual(Array.from({ length: count }, (_, index) => index));
    });
  });
});
