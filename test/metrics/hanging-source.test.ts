import { join } from 'node:path';
import { compileProgram, runProgram } from '../runtime/run-program';

test('an export that waits for a hanging source holds the process until it is answered', async () => {
  const program = compileProgram('hanging-source', { programs: join(__dirname, 'programs') });
  try {
    const { lines, errors, code } = await runProgram(program);
    expect({ lines, errors, code }).toEqual({ lines: ['exported'], errors: '', code: 0 });
  } finally {
    program.remove();
  }
});
