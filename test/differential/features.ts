/** What a method does. The families say how a caller uses what it gives. */
export const families = {
  value: ['returns', 'throws', 'returns this', 'returns a function', 'subscribable by hand'],
  thenable: [
    'thenable',
    'rejecting thenable',
    'thenable behind a proxy',
    'thenable that a proxy hides',
    'thenable that settles twice',
    'thenable with a throwing then',
    'query builder',
  ],
  stub: ['remote stub'],
  observable: ['observable', 'failing observable'],
  cursor: ['driver cursor', 'async iterable', 'async iterator'],
  sibling: ["a sibling's result", "a step of a sibling's result"],
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
    'promise of another realm',
    'rejected promise of another realm',
    'lazy promise',
    'rejecting lazy promise',
    'lazy promise of another realm',
    'promise with a throwing then',
  ],
  generator: ['generator', 'generator, throws', 'generator with a throwing default', 'iterator by hand'],
  asyncGenerator: ['async generator', 'async generator, throws'],
  stream: [
    'readable',
    'failing readable',
    'pass-through',
    'stream of node',
    'stream of readable-stream 2',
    'stream of readable-stream 3',
    'stream of readable-stream 4',
    'stream of streamx',
    'stream of through2 2',
    'stream of through2 4',
    'stream of from2',
    'stream of duplexify',
  ],
  webStream: ['web stream', 'failing web stream', 'web stream of bytes', 'writable web stream', 'transform stream'],
} as const;

export type Family = keyof typeof families;
export type Kind = (typeof families)[Family][number];

export const kinds = Object.values(families).flat() as readonly Kind[];
const familyByKind = new Map(
  Object.entries(families).flatMap(([family, all]) => all.map((kind): [Kind, Family] => [kind, family as Family])),
);

export function familyOf(kind: Kind): Family {
  return familyByKind.get(kind) as Family;
}

/** Promises with a `then` of their own: they stay the same objects, and their call ends as their first question is answered. */
export const ownThenKinds: readonly Kind[] = [
  'lazy promise',
  'rejecting lazy promise',
  'lazy promise of another realm',
  'promise with a throwing then',
];

/** What does its work later, and may be what a sibling has given. */
export const lazyKinds: readonly Kind[] = [
  ...families.thenable,
  ...families.stub,
  ...families.observable,
  ...families.cursor,
  ...families.asyncGenerator,
  'generator',
  'generator, throws',
  'iterator by hand',
];

/** How a cursor, a remote call or a stream of another package ends, where nobody stops it. */
export const endings = ['ends', 'fails', 'ends without close', 'fails without close'] as const;

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
export const singles = ['Audited', 'Traced', 'Timed', 'Counted'] as const;
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
export type Use = (typeof uses)[number];
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

export function isObserving(state: State): boolean {
  return state !== 'no runtime' && state !== 'shut down';
}

/** Whether what is recorded can be read. */
export function isRecording(state: State): boolean {
  return state === 'in memory' || state === 'handlers';
}

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

/** Whether an option can be tried on a kind of method. */
export function fits(kind: Kind, option: Option): boolean {
  return option !== 'strict' || mayBeStrict(kind);
}

/** Under strict delivery the body of an async function begins in a later turn: a documented exception. */
function mayBeStrict(kind: Kind): boolean {
  return !kind.startsWith('async,') && kind !== 'async';
}
