import { compileProgram, runProgram, type Ended } from './run-program';

interface Told {
  readonly shape: string;
  readonly times: number;
  readonly unhandled: readonly string[];
  readonly statuses: readonly string[];
}

/** Observed on the side: what nobody handles is recorded, and no longer reported. */
const observedOnTheSide = ['samePromise', 'subclass', 'promiseWithMethods'];
/** It has told its callback. */
const told = ['callback'];

describe.each(['standard', 'legacy'] as const)('a rejection that nobody handles, in the %s dialect,', (dialect) => {
  test('is reported as often as it is bare, whatever the method gives, and recorded', async () => {
    const program = compileProgram('unhandled', { dialect });
    const [bare = [], decorated = []] = (
      await Promise.all(['bare', 'decorated'].map((kind) => runProgram(program, [kind])))
    ).map(({ lines }: Ended) => lines.map((line) => JSON.parse(line) as Told));
    program.remove();
    expect(bare).not.toEqual([]);
    expect(bare.map(({ shape, unhandled }) => [shape, unhandled.length])).toEqual(
      bare.map(({ shape }) => [shape, told.includes(shape) ? 0 : 1]),
    );
    const expected = bare.map(({ shape, times, unhandled }) => ({
      shape,
      times,
      unhandled: observedOnTheSide.includes(shape) ? [] : unhandled,
      statuses: ['failure'],
    }));
    expect(decorated).toEqual(expected);
  });
});
