import {
  endings,
  families,
  fits,
  inheritances,
  inners,
  keys,
  options,
  receivers,
  states,
  stores,
  styles,
  takes,
  uses,
  values,
  type Kind,
  type Option,
  type Stack,
} from './features';
import type { RandomCase, RandomMethod } from './random-case';
import { wrapperCount } from './wrappers';

const stacks: readonly Stack[] = [
  [],
  ['Observed'],
  'class-wide',
  ['Audited', 'Observed'],
  ...[...Array(15).keys()].map((mask): Stack =>
    (['Audited', 'Traced', 'Timed', 'Counted'] as const).filter((_single, bit) => ((mask + 1) & (1 << bit)) !== 0),
  ),
];

function stackName(stack: Stack): string {
  if (stack === 'class-wide') return stack;
  if (stack.includes('Observed')) return stack.length > 1 ? 'Observed+one' : 'Observed';
  const order = ['Audited', 'Traced', 'Timed', 'Counted'];
  return stack.length === 0 ? 'bare' : [...stack].sort((a, b) => order.indexOf(a) - order.indexOf(b)).join('+');
}

/** In how many ways a call can be; one of each is met in every call. */
const dimensions: Readonly<Record<string, readonly string[]>> = {
  kind: Object.values(families).flat(),
  gives: values,
  ending: endings,
  key: keys,
  stack: stacks.map(stackName),
  option: options,
  foreign: ['no foreign decorator', 'foreign decorator', 'divided stack'],
  place: ['instance method', 'static method'],
  inner: inners,
  receiver: receivers,
  style: styles,
  use: uses,
  inheritance: inheritances,
  store: stores,
  state: states,
};

const names = Object.keys(dimensions);

function isDivided(method: RandomMethod): boolean {
  return wrapperCount(method) === 2;
}

/** What cannot be written in one method. */
function isImpossible(one: string, first: string, other: string, second: string): boolean {
  const of = (dimension: string): string | undefined =>
    one === dimension ? first : other === dimension ? second : undefined;
  const [stack, option, kind, foreign] = [of('stack'), of('option'), of('kind'), of('foreign')];
  if (stack !== undefined && option !== undefined) {
    // Under `@Observed` and one more, the one that takes it may be that one.
    if (stack === 'Observed+one') return false;
    return !takes(stacks[stacks.map(stackName).indexOf(stack)] as Stack, option as Option);
  }
  if (kind !== undefined && option !== undefined) return !fits(kind as Kind, option as Option);
  if (stack !== undefined && foreign !== undefined) {
    if (stack === 'class-wide') return foreign !== 'no foreign decorator';
    return foreign === 'divided stack' && !stack.includes('+');
  }
  return false;
}

/** How many pairs there are and how many were never met, and the one that was met least. */
export interface PairsSummary {
  readonly pairs: number;
  readonly unmet: number;
  readonly minimum: number;
  readonly least: string;
}

/** How often each two features were met in one and the same call. */
export class FeaturePairs {
  readonly #counts = new Map<string, Map<string, number>>();
  readonly #dimensions: { readonly one: string; readonly other: string; readonly counts: Map<string, number> }[] = [];

  constructor() {
    for (const [index, one] of names.entries()) {
      for (const other of names.slice(index + 1)) {
        const counts = new Map<string, number>();
        for (const first of dimensions[one] ?? []) {
          for (const second of dimensions[other] ?? []) {
            if (!isImpossible(one, first, other, second)) counts.set(`${first} & ${second}`, 0);
          }
        }
        this.#counts.set(`${one} × ${other}`, counts);
        this.#dimensions.push({ one, other, counts });
      }
    }
  }

  add(random: RandomCase): void {
    for (const call of random.calls) {
      const method = random.methods[call.method] as RandomMethod;
      const met: Readonly<Record<string, string>> = {
        kind: method.kind,
        gives: method.gives,
        ending: method.ending,
        key: keys[(random.key + call.method) % keys.length] as string,
        stack: stackName(method.stack),
        option: method.option,
        foreign: isDivided(method)
          ? 'divided stack'
          : method.foreignAt === undefined
            ? 'no foreign decorator'
            : 'foreign decorator',
        place: method.isStatic ? 'static method' : 'instance method',
        inner: method.inner,
        receiver: call.receiver,
        style: call.style,
        use: call.use,
        inheritance: random.inheritance,
        store: random.store,
        state: random.state,
      };
      for (const { one, other, counts } of this.#dimensions) {
        const pair = `${met[one]} & ${met[other]}`;
        const before = counts.get(pair);
        if (before === undefined) throw new Error(`${pair} was taken to be impossible`);
        counts.set(pair, before + 1);
      }
    }
  }

  summary(): PairsSummary {
    const all = [...this.#counts.values()].flatMap((counts) => [...counts]);
    const [least, minimum] = all.reduce((one, other) => (other[1] < one[1] ? other : one));
    return { pairs: all.length, unmet: all.filter(([, count]) => count === 0).length, minimum, least };
  }

  /** A line for every two dimensions or, in full, for every pair. */
  table(isFull: boolean): string[] {
    return [...this.#counts].flatMap(([title, counts]) => {
      const sorted = [...counts].sort((one, other) => one[1] - other[1]);
      const [least, minimum] = sorted[0] as [string, number];
      const [, median] = sorted[Math.floor(sorted.length / 2)] as [string, number];
      const line = `${title.padEnd(24)} ${String(counts.size).padStart(4)} pairs, least ${minimum} (${least}), median ${median}`;
      return isFull ? [line, ...sorted.map(([pair, count]) => `  ${count} ${pair}`)] : [line];
    });
  }
}
