import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const script = pathToFileURL(join(__dirname, '../../scripts/side-by-side.mjs')).href;

interface Step {
  readonly name: string;
  readonly needs?: readonly string[];
  readonly alone?: boolean;
  readonly uses?: string;
  readonly fails?: boolean;
}

interface Seen {
  /** What was running whenever a step began, that step last. */
  readonly beginnings: readonly string[];
  readonly skipped: readonly string[];
  readonly error?: string;
}

/** Runs steps, of which one ends whenever no other can begin: the one that has run longest. */
function run(...steps: readonly Step[]): Seen {
  const program = `
    import { runSideBySide } from ${JSON.stringify(script)};
    const steps = ${JSON.stringify(steps)}.map((step) => ({ needs: [], ...step }));
    const [running, beginnings, skipped] = [new Map(), [], []];
    const endOldest = () => {
      const [[name, end] = []] = running;
      running.delete(name);
      end?.();
    };
    const perform = async ({ name, fails }) => {
      await new Promise((end) => {
        running.set(name, end);
        beginnings.push([...running.keys()].join(' + '));
        setTimeout(endOldest);
      });
      return fails !== true;
    };
    const skip = ({ name }, missing) => skipped.push(name + ' without ' + missing);
    const error = await runSideBySide(steps, { atOnce: 2, perform, skip }).then(() => undefined, ({ message }) => message);
    console.log(JSON.stringify({ beginnings, skipped, error }));
  `;
  const node = [process.execPath, '--input-type=module', '--eval', program] as const;
  return JSON.parse(execFileSync(node[0], node.slice(1), { encoding: 'utf8' })) as Seen;
}

test('steps run two at a time, in their order', () => {
  const { beginnings } = run({ name: 'a' }, { name: 'b' }, { name: 'c' }, { name: 'd' });
  expect(beginnings).toEqual(['a', 'a + b', 'b + c', 'c + d']);
});

test('nothing runs beside a step that is alone, and nothing overtakes it', () => {
  const { beginnings } = run({ name: 'a' }, { name: 'bench', alone: true }, { name: 'b' }, { name: 'c' });
  expect(beginnings).toEqual(['a', 'bench', 'b', 'b + c']);
});

test('two steps that use the same thing run one after the other, beside others', () => {
  const { beginnings } = run({ name: 'a', uses: 'folder' }, { name: 'b', uses: 'folder' }, { name: 'c' });
  expect(beginnings).toEqual(['a', 'a + c', 'c + b']);
});

test('a step begins once all have passed that it needs; others go first', () => {
  const { beginnings, skipped } = run({ name: 'a' }, { name: 'b', needs: ['a'] }, { name: 'c' }, { name: 'd' });
  expect(beginnings).toEqual(['a', 'a + c', 'c + b', 'b + d']);
  expect(skipped).toEqual([]);
});

test('a step is skipped where one that it needs has failed or was skipped; the others run', () => {
  const { beginnings, skipped } = run(
    { name: 'build', fails: true },
    { name: 'test', needs: ['build'] },
    { name: 'report', needs: ['test'] },
    { name: 'lint' },
    { name: 'docs' },
  );
  expect(skipped).toEqual(['test without build', 'report without test']);
  expect(beginnings).toEqual(['build', 'build + lint', 'lint + docs']);
});

test('a need that no step is, is an error', () => {
  expect(run({ name: 'a' }, { name: 'b', needs: ['c'] })).toEqual({
    beginnings: ['a'],
    skipped: [],
    error: expect.stringContaining('b') as string,
  });
});
