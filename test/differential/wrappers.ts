import { inferEventType } from '../../src/decorators/infer-event-type';
import {
  familyOf,
  isObserving,
  keys,
  ownThenKinds,
  singles,
  takes,
  type Decorator,
  type Option,
  type State,
} from './features';
import type { RandomCase, RandomMethod } from './random-case';

export type PillarName = (typeof singles)[number];

/** One of trefoil's wrappers on a method: what it records, and what it was told. */
export interface Wrapper {
  readonly pillars: ReadonlySet<PillarName>;
  readonly option: Option;
  /** Whether it stands right on the body, which may be a generator function. */
  readonly isInnermost: boolean;
}

/** How many wrappers of trefoil's stand on a method: two where a foreign decorator divides the stack. */
export function wrapperCount({ stack, foreignAt }: RandomMethod): number {
  if (stack.length === 0) return 0;
  return stack !== 'class-wide' && foreignAt !== undefined && foreignAt > 0 && foreignAt < stack.length ? 2 : 1;
}

/** A method's wrappers, from the outermost to the innermost. */
export function wrappersOf(method: RandomMethod, random: RandomCase): readonly Wrapper[] {
  const own = partsOf(method, random);
  if (random.inheritance !== 'decorated super') return own;
  return [...own.map((each) => ({ ...each, isInnermost: false })), ...own];
}

/** Those of one class. */
function partsOf(method: RandomMethod, random: RandomCase): readonly Wrapper[] {
  const { stack, option, foreignAt } = method;
  if (stack === 'class-wide') {
    if (!isCovered(method, random)) return [];
    return [{ pillars: new Set(singles), option, isInnermost: true }];
  }
  if (stack.length === 0) return [];
  const parts: readonly (readonly Decorator[])[] =
    wrapperCount(method) === 2 ? [stack.slice(0, foreignAt), stack.slice(foreignAt)] : [stack];
  const isForeignBelow = foreignAt !== undefined && foreignAt >= stack.length;
  const first = parts.findIndex((part) => takes(part, option));
  return parts.map((part, index) => ({
    pillars: new Set(
      part.flatMap((each: Decorator): readonly PillarName[] => (each === 'Observed' ? singles : [each])),
    ),
    // Every decorator has a `when`; of all else, the first that takes it.
    option: (index === first && isInForce(part, option)) || option.startsWith('when') ? option : 'none',
    isInnermost: index === parts.length - 1 && !isForeignBelow,
  }));
}

/** A delivery that `@Observed` was told is not that of `@Audited` in the same stack, which takes its place. */
function isInForce(part: readonly Decorator[], option: Option): boolean {
  const isDelivery = option === 'strict' || option === 'durable';
  return !isDelivery || part.find((each) => takes([each], option)) === 'Audited' || !part.includes('Audited');
}

/** A class-wide decorator covers the instance methods whose event type their name tells. */
function isCovered(method: RandomMethod, { key, methods }: RandomCase): boolean {
  const name = keys[(key + methods.indexOf(method)) % keys.length];
  return !method.isStatic && name !== undefined && name !== 'symbol' && inferEventType(name) !== undefined;
}

/** The same object is returned, observed on the side: its rejections count as handled, a documented exception. */
export function isSameObject({ kind, option }: RandomMethod): boolean {
  return (
    option === 'same' ||
    kind.includes('promise of a subclass') ||
    kind.includes('promise of another realm') ||
    ownThenKinds.includes(kind) ||
    kind.endsWith('with a method')
  );
}

/** Whether the caller gets the very promise that the method returned. */
export function keepsIdentity(state: State, method: RandomMethod): boolean {
  if (!isObserving(state) || wrapperCount(method) === 0) return true;
  if (ownThenKinds.includes(method.kind)) return true;
  if (method.option === 'durable' || method.option === 'strict') return false;
  return isSameObject(method) && (method.option !== 'same' || wrapperCount(method) === 1);
}

/** Whether what a method gives does its work later, each time in a call of its own. */
export function isLazy({ kind, gives }: RandomMethod): boolean {
  const isLazyValue = kind === 'returns' && gives === 'thenable';
  const lazy = ['thenable', 'stub', 'observable', 'cursor', 'generator', 'asyncGenerator'];
  return isLazyValue || lazy.includes(familyOf(kind));
}

/** Whether the body is a generator function, whose wrapper knows that without a look at what it gives. */
export function isGeneratorFunction({ kind }: RandomMethod): boolean {
  return ['generator', 'asyncGenerator'].includes(familyOf(kind)) && kind !== 'iterator by hand';
}
