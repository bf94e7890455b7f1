import { types } from 'node:util';
import type { Caller } from './caller';
import { ownThenKinds, type Use } from './features';
import type { RandomMethod } from './random-case';
import { asRevoked } from './random-value';

/** The uses by which a caller sees what the promise itself settles to. */
const telling: readonly Use[] = ['complete', 'twice', 'late'];

/** Uses a promise; where a use hides its outcome, what the body has given is the truth. */
export function usePromise(caller: Caller, promise: Promise<unknown>, method: RandomMethod, use: Use): void {
  const { world, strand } = caller;
  const prototype = Object.getPrototypeOf(promise) as object;
  caller.log(prototype === Promise.prototype ? 'Promise' : prototype.constructor.name);
  if (caller.keepsIdentity) caller.log('the very ', promise);
  if (caller.keepsIdentity || !method.kind.endsWith('with a method')) {
    caller.log(`own properties: ${Object.getOwnPropertyNames(promise).join()}`);
  }
  if (method.kind === 'promise with a throwing then') return useThrowingThen(caller, promise, use);
  let isToSee = telling.includes(use);
  // What nobody asks, and has a `then` of its own, is no call.
  const isUnasked = use === 'forget' && ownThenKinds.includes(method.kind);
  if (!isToSee && !isUnasked) world.atRest.push(() => sawWhatWasGiven(caller, method));
  const see = (threw: boolean, error?: unknown): void => {
    if (isToSee) caller.saw(threw, error);
    isToSee = false;
  };
  const settled = (): [(value: unknown) => void, (error: unknown) => void] => {
    world.pending += 1;
    return [
      (value) => {
        world.pending -= 1;
        caller.log('fulfilled ', value);
        see(false);
      },
      (error) => {
        world.pending -= 1;
        caller.log('rejected ', error);
        see(true, error);
      },
    ];
  };
  switch (use) {
    case 'complete': {
      const [fulfilled, rejected] = settled();
      promise.then(
        (value) => {
          strand.turns.push(caller.turns());
          fulfilled(value);
        },
        (error: unknown) => {
          strand.turns.push(caller.turns());
          rejected(error);
        },
      );
      return;
    }
    case 'early':
      void Promise.race([promise, caller.rest(3)]).then(...settled());
      return;
    case 'inject':
      void promise
        .finally(() => {
          throw new Error('from finally');
        })
        .then(...settled());
      return;
    case 'first':
      void promise.catch(() => 'caught').then(...settled());
      return;
    case 'forget':
      return;
    case 'twice':
      void promise.then(...settled());
      void Promise.resolve(promise).then(...settled());
      return;
    case 'late':
      setImmediate(() => void promise.then(...settled()));
      world.pending += 1;
      setImmediate(() => void (world.pending -= 1));
      return;
  }
}

/** Uses what cannot be awaited; a promise tells only the first who asks of its call. */
export function useThrowingThen(caller: Caller, given: PromiseLike<unknown>, use: Use): void {
  if (use === 'forget') return;
  caller.begin(
    caller.wait(given).then(() => {
      if (use !== 'twice') return undefined;
      return types.isPromise(given) ? given.then(undefined, () => undefined) : caller.wait(given);
    }),
  );
}

function sawWhatWasGiven(caller: Caller, { kind, gives }: RandomMethod): void {
  if (kind.startsWith('async, throws') || kind.startsWith('reject')) caller.saw(true, caller.strand.lastValue);
  // A promise that is fulfilled asks for a `then`.
  else if (gives === 'revoked proxy' && kind !== 'shared promise') {
    caller.saw(true, asRevoked());
  } else caller.saw(false);
}
