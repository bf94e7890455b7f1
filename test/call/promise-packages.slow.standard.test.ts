// The promises, requests and processes of packages, in a process of its own: most of these are modules of the language.
import { join } from 'node:path';
import { compileProgram, runProgram } from '../runtime/run-program';
import type { Shown } from './programs/promise-packages';

/** How the call of each case has to be recorded. */
const expected: Readonly<Record<string, string>> = {
  'got, awaited': 'got success',
  'got, failing': 'got failure',
  'got, awaited twice': 'got success',
  'got, json': 'got success',
  'got, json, then awaited': 'got success',
  'got, text, failing': 'got failure',
  'got, shortcuts of a shortcut': 'got success',
  'got, cancelled': 'got cancelled',
  'got, with a listener': 'got success',
  'got, given on': 'got failure, gotThrough failure',
  'axios, failing': 'axios failure',
  'axios, aborted': 'axios cancelled',
  'execa, awaited': 'execa success',
  'execa, failing': 'execa failure',
  'execa, awaited twice': 'execa success',
  'execa, by lines': 'execa success',
  'execa, piped': 'execa success',
  'execa, never awaited': 'execa failure',
  'zx, awaited': 'zx success',
  'zx, failing': 'zx failure',
  'zx, without throwing': 'zx success',
  'zx, text': 'zx success',
  'zx, awaited twice': 'zx success',
  'zx, given on': 'zx failure, zxThrough failure',
  'zx, never awaited': 'zx success',
  'zx, never awaited, failing': 'zx failure',
  'Bluebird, awaited': 'bluebird success',
  'Bluebird, failing': 'bluebird failure',
  'Bluebird, failing twice': 'bluebird failure',
  'Bluebird, get': 'bluebird success',
  'Bluebird, reflected': 'bluebird failure',
  'Bluebird, given on': 'bluebird failure, bluebirdThrough failure',
  'Bluebird, never awaited': 'bluebird success',
  'Bluebird, never awaited, failing': 'bluebird failure',
  'p-lazy, awaited twice': 'lazy success',
  'p-lazy, failing': 'lazy failure',
  'p-lazy, caught': 'lazy failure',
  'p-lazy, finally': 'lazy failure',
  'p-lazy, durable': 'lazy failure, lazyDurably failure',
  'p-lazy, never asked': '',
  'p-cancelable, awaited twice': 'cancelable success',
  'p-cancelable, failing': 'cancelable failure',
  'p-cancelable, cancelled': 'cancelable cancelled',
  'of another realm': 'foreign success',
  'of another realm, failing': 'foreign failure',
  'lazy, of another realm': 'foreignLazy success',
  'lazy, of another realm, failing': 'foreignLazy failure',
};

interface Line {
  readonly bare: Shown;
  readonly observed: Shown;
}

test.each(['standard', 'legacy'] as const)(
  'what packages give is recorded as its caller sees it, and stays the same to the caller; in the %s dialect',
  async (dialect) => {
    const program = compileProgram('promise-packages', { programs: join(__dirname, 'programs'), dialect });
    const { lines, code } = await runProgram(program);
    program.remove();
    const [shutdown, ...cases] = lines.map((line): unknown => JSON.parse(line)).reverse() as [object, ...Line[]];
    expect([code, shutdown]).toEqual([0, { timedOut: false, errors: [] }]);
    for (const { bare, observed } of cases) {
      const { name, seen, unhandled } = bare;
      expect({ name, seen: observed.seen, unhandled: observed.unhandled }).toEqual({ name, seen, unhandled });
      expect([name, observed.recorded.join(', '), observed.differing]).toEqual([name, expected[name], []]);
      expect([name, observed.nested]).toEqual([name, Math.max(0, observed.recorded.length - 1)]);
    }
    expect(cases.map(({ bare }) => bare.name).reverse()).toEqual(Object.keys(expected));
  },
  120_000,
);
