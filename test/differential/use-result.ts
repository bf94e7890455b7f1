import type { Readable } from 'node:stream';
import { types } from 'node:util';
import { runWithContext } from '../../src/index';
import { Caller } from './caller';
import { familyOf, type State, type Use } from './features';
import type { RandomMethod } from './random-case';
import { correlationOf } from './recorded-outcome';
import { useCursor } from './use-cursor';
import { useAsyncGenerator, useGenerator, type Steps } from './use-generator';
import { useObservable, useStub, useThenable } from './use-lazy';
import { usePromise, useThrowingThen } from './use-promise';
import { useStream } from './use-stream';
import { useWebStream, watchWebStream, type AnyWebStream } from './web-streams';
import { isGeneratorFunction, keepsIdentity } from './wrappers';
import { timesEntered, type Strand, type World } from './world';

/** Makes one call and uses what it gives, the way a caller might; everything seen goes into the strand. */
export function observeCall(
  world: World,
  strand: Strand,
  state: State,
  method: RandomMethod,
  use: Use,
  call: () => unknown,
): void {
  const before = world.current;
  world.current = strand;
  strand.method = method;
  strand.use = use;
  if (strand.isBlind) strand.seen = undefined;
  const callAndUse = (): void => {
    const turns = world.clock();
    let result: unknown;
    try {
      result = call();
    } catch (error) {
      world.log(strand, `threw ${world.describe(error)}`);
      // Where its body did not begin, it was not called, but for a default that throws before the body.
      const isCalled = isGeneratorFunction(method)
        ? Object.is(strand.lastValue, error)
        : timesEntered(strand, method) > 0;
      if (isCalled) strand.seen?.push({ threw: true, error, isAtCall: true });
      return;
    }
    strand.hasReturned = true;
    if (world.isRecorded) world.kept.push(result);
    const gave = strand.sibling ?? method;
    const isKept = keepsIdentity(state, method) && keepsIdentity(state, gave);
    try {
      world.log(strand, 'returned');
      useBy(new Caller(world, strand, isKept, turns), gave, result, use);
    } catch (error) {
      world.log(strand, `threw ${world.describe(error)}`);
    }
  };
  try {
    if (world.isRecorded) runWithContext({ correlationId: correlationOf(world, strand) }, callAndUse);
    else callAndUse();
  } finally {
    world.current = before;
  }
}

function useBy(caller: Caller, method: RandomMethod, result: unknown, use: Use): void {
  switch (familyOf(method.kind)) {
    case 'promise':
      if (types.isPromise(result)) return usePromise(caller, result, method, use);
      caller.log('no promise: ', result);
      return sawReturns(caller, method);
    case 'generator':
      return useGenerator(caller, method, result as Steps, use);
    case 'asyncGenerator':
      return caller.begin(useAsyncGenerator(caller, method, result as Steps, use));
    case 'cursor':
      return useCursor(caller, method, result as object, use);
    case 'stream':
      caller.log('stream ', result);
      return caller.begin(useStream(caller, method, result as Readable, use));
    case 'webStream': {
      caller.log('web stream ', result);
      const own = Reflect.ownKeys(result as object).map(String);
      caller.log(`own: ${own.join()}`);
      watchWebStream(caller, result as AnyWebStream);
      if (use !== 'forget') caller.begin(useWebStream(caller, result as AnyWebStream, use));
      return;
    }
    case 'thenable':
      if (method.kind === 'thenable with a throwing then') {
        return useThrowingThen(caller, result as PromiseLike<unknown>, use);
      }
      return useThenable(caller, result as PromiseLike<unknown>, use);
    case 'stub':
      return useStub(caller, result as object, use);
    case 'observable':
      return useObservable(caller, method, result, use);
    case 'sibling':
    case 'value':
      return useValue(caller, method, result, use);
  }
}

/** Each call of the method was over with its return. */
function sawReturns(caller: Caller, method: RandomMethod): void {
  for (let call = timesEntered(caller.strand, method); call > 0; call -= 1) caller.saw(false);
}

function useValue(caller: Caller, method: RandomMethod, result: unknown, use: Use): void {
  if (types.isPromise(result) && !caller.world.isKnown(result)) return caller.log('a promise instead');
  // A thenable, whatever it is to the method, is stood in for.
  if (method.kind === 'returns' && method.gives === 'thenable') {
    return useThenable(caller, result as PromiseLike<unknown>, use);
  }
  caller.log('gave ', result);
  sawReturns(caller, method);
  if (use === 'forget') return;
  if (method.kind === 'returns a function') caller.log('which gave ', (result as () => unknown)());
  if (method.kind === 'subscribable by hand') {
    (result as { subscribe(next: (value: unknown) => void): void }).subscribe((value) => caller.log('next ', value));
  }
}
