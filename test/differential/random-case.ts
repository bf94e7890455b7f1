import fc from 'fast-check';

/** What a method does. The families say how a caller uses what it gives. */
export const families = {
  value: ['returns', 'throws', 'returns this', 'returns a function', 'subscribable by hand'],
  thenable: [
    'thenable',
    'rejecting thenable',
    'thenable behind a proxy',
    'thenable that a proxy hides',
    'query builder',
  ],
  observable: ['observable', 'failing observable'],
  promise: [
    'async',
    'async, throws',
    'async, later',
    'async, throws later',
    'resolves',
    'rejects',
    'resolves later',
    'throws before its promise',
    'shared promise',
    'promise of a subclass',
    'rejected promise of a subclass',
    'promise with a method',
    'rejected promise with a method',
    'lazy promise',
  ],
  generator: ['generator', 'generator, throws', 'generator with a throwing default', 'iterator by hand'],
  asyncGenerator: ['async generator', 'async generator, throws'],
  stream: ['readable', 'failing readable', 'pass-through'],
  webStream: ['web stream', 'failing web stream', 'web stream of bytes', 'writable web stream', 'transform stream'],
} as const;

type Family = keyof typeof families;
export type Kind = (typeof families)[Family][number];

const kinds = Object.values(families).flat() as readonly Kind[];
const familyByKind = new Map(
  Object.entries(families).flatMap(([family, all]) => all.map((kind): [Kind, Family] => [kind, family as Family])),
);

export function familyOf(kind: Kind): Family {
  return familyByKind.get(kind) as Family;
}

/** What it returns, throws, resolves to or yields. */
export const values = [
  'undefined',
  'null',
  'NaN',
  '-0',
  'text',
  'big integer',
  'symbol',
  'function',
  'object',
  'frozen object',
  'array',
  'error',
  'abort error',
  'without prototype',
  'throwing getters',
  'proxy',
  'revoked proxy',
  'thenable',
] as const;

export const keys = [
  'getItem',
  'list',
  'updateMany',
  'stir',
  'delete',
  'toString',
  '0',
  'symbol',
  '__proto__',
] as const;

/** Trefoil's decorators in the order in which they are written; `class-wide` is an `@Observed` on the class. */
const singles = ['Audited', 'Traced', 'Timed', 'Counted'] as const;
export type Decorator = (typeof singles)[number] | 'Observed';
export type Stack = readonly Decorator[] | 'class-wide';

export const options = [
  'none',
  'selectors',
  'throwing selectors',
  'junk selectors',
  'promising selectors',
  'when not',
  'when throws',
  'when promises',
  'junk outcome',
  'throwing outcome',
  'partial outcome',
  'hostile onResult',
  'labels',
  'hostile names',
  'same',
  'durable',
  'strict',
] as const;
export type Option = (typeof options)[number];

export const receivers = [
  'instance',
  'detached',
  'proxy',
  'hostile proxy',
  'frozen',
  'without prototype',
  'primitive',
  'another class',
] as const;

export const styles = ['direct', 'call', 'apply', 'bind', 'Reflect.apply', 'callback', 'concurrent', 'new'] as const;
export const uses = ['complete', 'early', 'inject', 'first', 'forget', 'twice', 'late'] as const;
export const inners = ['none', 'itself', 'neighbour', 'getter', 'after a while'] as const;
export const inheritances = ['flat', 'inherits', 'super', 'decorated super'] as const;
export const stores = ['none', 'named', 'throwing id', 'hostile outcome'] as const;
export const states = [
  'no runtime',
  'in memory',
  'everything off',
  'handlers',
  'throwing backends',
  'rejecting backends',
  'hostile handlers',
  'shut down',
] as const;
export type State = (typeof states)[number];

export interface RandomMethod {
  readonly kind: Kind;
  readonly gives: (typeof values)[number];
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
  readonly use: (typeof uses)[number];
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
  stack,
  // Twice, since few stacks take it.
  option: fc.constantFrom(...options, 'hostile names'),
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

/** Whether an option can be given to any decorator of a stack. */
export function takes(stack: Stack, option: Option): boolean {
  if (option === 'none') return true;
  const has = (...wanted: Decorator[]): boolean =>
    stack === 'class-wide' ? wanted.includes('Observed') : wanted.some((decorator) => stack.includes(decorator));
  switch (option) {
    case 'selectors':
    case 'throwing selectors':
    case 'junk selectors':
    case 'promising selectors':
    case 'hostile onResult':
      return has('Audited', 'Traced', 'Observed');
    case 'labels':
      return has('Timed', 'Counted');
    case 'hostile names':
      return has('Traced');
    case 'durable':
    case 'strict':
      return has('Audited', 'Observed');
    default:
      return stack.length > 0;
  }
}

/** Under strict delivery the body of an async function begins in a later turn: a documented exception. */
function mayBeStrict(kind: Kind): boolean {
  return !kind.startsWith('async,') && kind !== 'async';
}

/** The same object is returned, observed on the side: its rejections count as handled, a documented exception. */
function isSameObject({ kind, option }: RandomMethod): boolean {
  return (
    option === 'same' ||
    ['promise of a subclass', 'rejected promise of a subclass', 'lazy promise'].includes(kind) ||
    kind.endsWith('with a method')
  );
}

export function isObserving(state: State): boolean {
  return state !== 'no runtime' && state !== 'shut down';
}

/** Whether what is recorded can be read. */
export function isRecording(state: State): boolean {
  return state === 'in memory' || state === 'handlers';
}

/** Whether an option can be tried on a kind of method. */
export function fits(kind: Kind, option: Option): boolean {
  return option !== 'strict' || mayBeStrict(kind);
}

/** Leaves out what cannot be written, or what the documentation excepts. */
function sensible(random: RandomCase): RandomCase {
  // All methods under one class-wide decorator have its option.
  const covered = random.methods.filter((each) => each.stack === 'class-wide');
  const option = covered[0]?.option ?? 'none';
  const isForAll = covered.every((each) => fits(each.kind, option));
  const classWide = isForAll ? option : 'none';
  const methods = random.methods.map((each): RandomMethod => {
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
    const method = each.method % methods.length;
    const called = methods[method] as RandomMethod;
    const excepted = isObserving(random.state) && isSameObject(called) && ['forget', 'late'].includes(each.use);
    // A proxy that is returned is asked for its `then`, and that of a function is stood in for.
    const isProxied = isObserving(random.state) && called.kind === 'returns this' && each.receiver.endsWith('proxy');
    const receiver = isProxied ? 'instance' : each.receiver;
    return { ...each, method, receiver, use: excepted ? 'complete' : each.use };
  });
  return { ...random, methods, calls };
}

/** How many wrappers of trefoil's stand on a method: two where a foreign decorator divides the stack. */
export function wrapperCount({ stack, foreignAt }: RandomMethod): number {
  if (stack.length === 0) return 0;
  return stack !== 'class-wide' && foreignAt !== undefined && foreignAt > 0 && foreignAt < stack.length ? 2 : 1;
}

/** Whether the caller gets the very promise that the method returned. */
export function keepsIdentity(state: State, method: RandomMethod): boolean {
  if (!isObserving(state) || wrapperCount(method) === 0) return true;
  if (method.option === 'durable' || method.option === 'strict') return false;
  return isSameObject(method) && (method.option !== 'same' || wrapperCount(method) === 1);
}
