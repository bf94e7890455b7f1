import { map, Observable, take } from 'rxjs';
import type { Caller } from './caller';
import type { Use } from './features';
import { QueryBuilder } from './lazy-results';
import type { RandomMethod } from './random-case';

/** Uses a thenable: nothing runs before it is awaited. */
export function useThenable(caller: Caller, thenable: PromiseLike<unknown>, use: Use): void {
  const isBuilder = thenable instanceof QueryBuilder;
  if (caller.keepsIdentity) caller.log('the very ', thenable);
  caller.log(`${typeof thenable.then} ${isBuilder} ${Reflect.ownKeys(thenable).map(String).join()}`);
  switch (use) {
    case 'complete':
      return caller.begin(caller.wait(thenable));
    case 'early':
      if (isBuilder) caller.begin(caller.wait(thenable.where().where()));
      return;
    case 'inject':
      if (isBuilder) {
        thenable.dialect = 'other';
        caller.log(thenable.clone().where().toSql());
        caller.log(`the same: ${thenable.where() === thenable}`);
      }
      return;
    case 'first':
      if (isBuilder) caller.begin(caller.wait(thenable.execute()));
      return;
    case 'forget':
      return;
    case 'twice':
      return caller.begin(caller.wait(thenable).then(() => caller.wait(thenable)));
    case 'late':
      setImmediate(() =>
        caller.begin(isBuilder ? caller.wait(thenable.catch(() => undefined)) : caller.wait(thenable)),
      );
      return;
  }
}

/** What a stub of a remote procedure answers to: any key, any call. */
interface Stub extends PromiseLike<unknown> {
  (...args: unknown[]): PromiseLike<unknown>;
  readonly [key: string]: unknown;
}

/** Uses a stub: a request is sent when it is awaited, or called. */
export function useStub(caller: Caller, given: object, use: Use): void {
  const stub = given as Stub;
  if (caller.keepsIdentity) caller.log('the very ', stub);
  caller.log(`${typeof stub} ${Reflect.ownKeys(stub).map(String).join()}`);
  switch (use) {
    case 'complete':
      return caller.begin(caller.wait(stub));
    case 'early':
      return caller.begin(caller.wait((stub['orders'] as Stub)['first'] as Stub));
    case 'inject':
      return caller.begin(caller.wait((stub['find'] as Stub)(1, caller.world.make(caller.strand, {}, 'sent'))));
    case 'first':
      return caller.begin(caller.wait((stub['pipelined'] as Stub)(1)));
    case 'forget':
      return;
    case 'twice':
      return caller.begin(caller.wait(stub).then(() => caller.wait(stub)));
    case 'late':
      setImmediate(() => caller.begin(caller.wait(stub)));
      return;
  }
}

/** Uses an observable: each subscription is a run of its own. */
export function useObservable(caller: Caller, method: RandomMethod, result: unknown, use: Use): void {
  const observable = result as Observable<unknown>;
  if (caller.keepsIdentity) caller.log('the very ', observable);
  caller.log(`${observable instanceof Observable} ${Reflect.ownKeys(observable).map(String).join()}`);
  const observer = {
    next: (value: unknown) => caller.log('next ', value),
    error: (error: unknown) => {
      caller.log('error ', error);
      caller.saw(true, error);
    },
    complete: () => {
      caller.log('complete');
      caller.saw(false);
    },
  };
  switch (use) {
    case 'complete':
      observable.subscribe(observer);
      return;
    case 'early':
      observable.pipe(take(1)).subscribe({ ...observer, complete: () => caller.log('complete') });
      return caller.left();
    case 'inject':
      observable.pipe(map((value) => [value])).subscribe(observer);
      return;
    case 'first':
      observable.subscribe(observer.next, observer.error, observer.complete).unsubscribe();
      return;
    case 'forget':
      return;
    case 'twice':
      observable.subscribe(observer);
      observable.subscribe(observer);
      return;
    case 'late':
      caller.begin(subscribeLate(caller, observable, method.kind === 'failing observable'));
      return;
  }
}

/** Without a handler for its error, which stays fatal. */
async function subscribeLate(caller: Caller, observable: Observable<unknown>, fails: boolean): Promise<void> {
  await caller.rest(1);
  observable.subscribe({ next: (value) => caller.log('next ', value) });
  // Its error is reported by a timer, which comes before this one.
  if (fails) await new Promise((resolve) => setTimeout(resolve, 1));
  if (fails) caller.saw(true, caller.strand.lastFailure);
  else caller.saw(false);
}
