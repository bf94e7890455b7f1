import { compileProgram, runProgram, type Ended, type Program } from './run-program';

let program: Program;

beforeAll(() => {
  program = compileProgram('fatal');
});

afterAll(() => program.remove());

/** How a process ended, apart from what is recorded. */
const said = ({ lines, code, signal }: Ended): unknown => ({ lines: lines.slice(0, -1), code, signal });

const recorded = ({ lines }: Ended): unknown => (JSON.parse(lines.at(-1) ?? '') as { statuses: string[] }).statuses;

test.each<[scenario: string, statuses: string[]]>([
  ['a callback that throws, in the turn of the call', ['success']],
  ['a callback that throws, in a later turn', ['success']],
  ['a callback that throws, in a promise', ['success']],
  ['an async method that fails before it calls back', ['failure']],
  ['an async method that rejects', ['failure']],
  ['a thenable that rejects', ['failure']],
  ['a thenable that rejects, left as it is', ['success']],
  ['an async generator that throws', ['failure']],
  ['a stream that is destroyed with an error', ['failure']],
  ['an observable that errors, without an observer', ['failure']],
  ['an observable that errors, with an observer of values', ['failure']],
  ['an observer of values that throws', ['success']],
  ['an observer object that throws', ['success']],
  ['an observer of the end that throws', ['success']],
  ['an observer of the error that throws', ['failure']],
])('%s is as fatal as it is bare', async (scenario, statuses) => {
  const [bare, decorated] = await Promise.all(
    ['bare', 'decorated'].map((kind) => runProgram(program, [scenario, kind])),
  );
  expect(said(decorated as Ended)).toEqual(said(bare as Ended));
  expect((bare as Ended).code).not.toBe(0);
  expect(recorded(bare as Ended)).toEqual([]);
  expect(recorded(decorated as Ended)).toEqual(statuses);
});
