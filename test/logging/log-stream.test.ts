import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { initializeObservability } from '../../src/index';
import { compileProgram, runProgram, type Program } from '../runtime/run-program';

let program: Program;

beforeAll(() => (program = compileProgram('log-stream')));

afterAll(() => program.remove());

describe('logging.stream', () => {
  test('leads lines to standard error, or else to standard output, also right before the exit', async () => {
    const errors = await runProgram(program, ['stderr']);
    expect(errors).toMatchObject({ code: 0, lines: [], errors: expect.stringContaining('"to the stream"') as string });
    const output = await runProgram(program, ['stdout']);
    expect(output).toMatchObject({ code: 0, errors: '' });
    expect(output.lines).toEqual([expect.stringContaining('"to the stream"')]);
  });

  test('may be a pipe whose reader is gone', async () => {
    const child = spawn(process.execPath, [program.file, 'stderr'], { cwd: program.folder });
    child.stderr.destroy();
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(0);
  });

  test('is one of the two', () => {
    expect(() => initializeObservability({ logging: { stream: 'both' as 'stdout' } })).toThrow(
      /logging\.stream: expected/,
    );
  });
});
