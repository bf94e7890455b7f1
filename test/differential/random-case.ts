import fc from 'fast-check';
import {
  endings,
  fits,
  inheritances,
  inners,
  isObserving,
  keys,
  kinds,
  lazyKinds,
  options,
  ownThenKinds,
  receivers,
  singles,
  states,
  stores,
  styles,
  takes,
  uses,
  values,
  type Decorator,
  type Kind,
  type Option,
  type Stack,
  type State,
  type Use,
} from './features';
import { isSameObject } from './wrappers';

export interface RandomMethod {
  readonly kind: Kind;
  readonly gives: (typeof values)[number];
  readonly ending: (typeof endings)[number];
  readonly stack: Stack;
  readonly option: Option;
  /** Where another decorator, not trefoil's, stands in the stack: after so many of trefoil's. */
  readonly foreignAt: number | undefined;
  readonly isStatic: boolean;
  readonly inner: (typeof inners)[number];
  readonly length: number;
}

export interface RandomCall {
  readonly method: number;
  readonly receiver: (typeof receivers)[number];
  readonly style: (typeof styles)[number];
  readonly use: Use;
  /** Its arguments: so many of them are given. */
  readonly given: number;
}

export interface RandomCase {
  readonly state: State;
  readonly inheritance: (typeof inheritances)[number];
  readonly store: (typeof stores)[number];
  /** The first method's key; the others have those after it. */
  readonly key: number;
  readonly methods: readonly RandomMethod[];
  readonly calls: readonly RandomCall[];
}

/** Every set of them, in every order; sets come first, since they are equally likely. */
const stackSets: readonly (readonly Stack[])[] = [
  ...[...Array(16).keys()].map((mask) => orders(singles.filter((_single, bit) => (mask & (1 << bit)) !== 0))),
  [['Observed']],
  singles.flatMap((single) => orders(['Observed', single])),
  ['class-wide'],
];

function orders(set: readonly Decorator[]): readonly (readonly Decorator[])[] {
  if (set.length < 2) return [set];
  return set.flatMap((first) => orders(set.filter((each) => each !== first)).map((rest) => [first, ...rest]));
}

const stack: fc.Arbitrary<Stack> = fc
  .tuple(fc.constantFrom(...stackSets), fc.nat(23))
  .map(([set, order]) => set[order % set.length] as Stack);

const method: fc.Arbitrary<RandomMethod> = fc.record({
  kind: fc.constantFrom(...kinds),
  gives: fc.constantFrom(...values),
  ending: fc.constantFrom(...endings),
  stack,
  // Twice, where few stacks take it.
  option: fc.constantFrom(...options, 'hostile names', 'durable', 'strict', 'labels'),
  foreignAt: fc.constantFrom(undefined, undefined, 0, 1, 2),
  isStatic: fc.constantFrom(false, false, true),
  inner: fc.constantFrom(...inners),
  length: fc.nat(3),
});

const call: fc.Arbitrary<RandomCall> = fc.record({
  method: fc.nat(2),
  receiver: fc.constantFrom(...receivers),
  style: fc.constantFrom(...styles),
  use: fc.constantFrom(...uses),
  given: fc.nat(3),
});

export const randomCase: fc.Arbitrary<RandomCase> = fc
  .record({
    state: fc.constantFrom(...states),
    inheritance: fc.constantFrom(...inheritances),
    store: fc.constantFrom(...stores),
    key: fc.nat(keys.length - 1),
    methods: fc.array(method, { minLength: 1, maxLength: 3, size: 'max' }),
    calls: fc.array(call, { minLength: 1, maxLength: 5, size: 'max' }),
  })
  .map(sensible);

/** Leaves out what cannot be written, or what the documentation excepts. */
function sensible(random: RandomCase): RandomCase {
  const given = withSiblings(random.methods);
  // All methods under one class-wide decorator have its option.
  const covered = given.filter((each) => each.stack === 'class-wide');
  const option = covered[0]?.option ?? 'none';
  const isForAll = covered.every((each) => fits(each.kind, option));
  const classWide = isForAll ? option : 'none';
  const methods = given.map((each): RandomMethod => {
    const wanted = each.stack === 'class-wide' ? classWide : each.option;
    const isTaken = takes(each.stack, wanted) && fits(each.kind, wanted);
    // A class-wide decorator does not see what is below a foreign one, and stands on top of it as well.
    const foreignAt = covered.length > 0 && each.foreignAt === 0 ? undefined : each.foreignAt;
    return {
      ...each,
      option: isTaken ? wanted : 'none',
      foreignAt: each.stack === 'class-wide' ? undefined : foreignAt,
    };
  });
  const calls = random.calls.map((each): RandomCall => {
    const index = each.method % methods.length;
    const called = methods[index] as RandomMethod;
    const excepted = isObserving(random.state) && countsAsHandled(called) && ['forget', 'late'].includes(each.use);
    return { ...each, method: index, use: excepted ? 'complete' : each.use };
  });
  return { ...random, methods, calls };
}

/** What is observed on the side: nobody is told any more that its rejection is unhandled. */
function countsAsHandled(method: RandomMethod): boolean {
  return isSameObject(method) && !ownThenKinds.includes(method.kind);
}

/** The method whose result another one gives on: the next of the class. */
export function siblingOf(methods: readonly RandomMethod[], method: RandomMethod): number {
  return (methods.indexOf(method) + 1) % methods.length;
}

/** Who gives what a sibling gave has one, which does its work later and is called on the same receiver. */
function withSiblings(given: readonly RandomMethod[]): readonly RandomMethod[] {
  const [only] = given;
  const methods = given.length === 1 && only !== undefined && isGivingOn(only) ? [only, { ...only }] : [...given];
  for (const [index, method] of methods.entries()) {
    if (!isGivingOn(method)) continue;
    const next = (index + 1) % methods.length;
    const sibling = methods[next] as RandomMethod;
    const at = values.indexOf(method.gives) + method.length + keys.length * index;
    const kind = lazyKinds.includes(sibling.kind) ? sibling.kind : (lazyKinds[at % lazyKinds.length] as Kind);
    methods[next] = { ...sibling, kind, isStatic: method.isStatic };
  }
  return methods;
}

/** Whether a method gives what another decorated one gave. */
function isGivingOn({ kind }: RandomMethod): boolean {
  return kind.endsWith("a sibling's result");
}
