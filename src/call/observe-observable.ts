import { AbandonedCall } from './abandoned-call';
import { runInContext } from './context';
import { noteStandIn, proxyOf } from './stand-in';
import type { Begin, RunningCall } from './running-call';

interface Observer {
  next?(value: unknown): void;
  error?(error: unknown): void;
  complete?(): void;
}

interface Subscription {
  unsubscribe(): void;
  add?(teardown: () => void): void;
}

interface Observable {
  subscribe(...args: unknown[]): Subscription;
}

/**
 * Observes an observable: each subscription is a Call, from subscribing to completion, error or unsubscribing
 * (`cancelled`). Operators see the observed one as their source, so that what is piped from it is observed too.
 */
export function observeObservable(observable: object, begin: Begin): object {
  const standIn = proxyOf(observable, {
    get(_target, key, receiver) {
      if (key !== 'subscribe') return Reflect.get(observable, key, receiver) as unknown;
      return (...args: unknown[]) => subscribe(observable as Observable, begin(), args);
    },
  });
  noteStandIn(standIn, 'observable', observable);
  return standIn;
}

function subscribe(target: Observable, running: RunningCall | undefined, args: unknown[]): Subscription {
  if (running === undefined) return target.subscribe(...args);
  const end = (...how: Parameters<RunningCall['finish']>): void => {
    if (open.isOpen) running.finish(...how);
  };
  const ends: Ends = { onError: (error) => end(true, error), onComplete: () => end(false, undefined) };
  const [first] = args;
  const observer = observerOf(first, args, ends);
  if (observer === undefined) return subscribeUnseen(target, running, args);
  // Whoever can still send holds on to the observer, and so does whoever can unsubscribe.
  const open = new AbandonedCall(running, observer);
  running.instrumentation.openEnded.add(open);
  try {
    const subscription = runInContext(running, () => target.subscribe(observer));
    onTeardown(subscription, () => end(false, undefined, 'cancelled'));
    return subscription;
  } catch (error) {
    end(true, error);
    throw error;
  }
}

/** Of what follows, nothing can be seen: all that is known is that it was subscribed to. */
function subscribeUnseen(target: Observable, running: RunningCall, args: unknown[]): Subscription {
  let subscription: Subscription;
  try {
    subscription = runInContext(running, () => target.subscribe(...args));
  } catch (error) {
    running.finish(true, error);
    throw error;
  }
  running.finish(false, undefined);
  return subscription;
}

/** Called at completion and error as well, where the call has ended already. */
function onTeardown(subscription: Partial<Subscription> | undefined, teardown: () => void): void {
  try {
    subscription?.add?.(teardown);
  } catch {
    // It is the caller's; that its end cannot be seen is no reason to take it away.
  }
}

/** `undefined` where the user's may not be looked at or changed. */
function observerOf(first: unknown, args: unknown[], ends: Ends): Observer | undefined {
  try {
    return isSubscriber(first) ? watched(first, ends) : observed(args, ends);
  } catch {
    return undefined;
  }
}

interface Ends {
  readonly onError: (error: unknown) => void;
  readonly onComplete: () => void;
}

/** What an operator subscribes with: the source has to see the very same object, or it would not learn of its closing. */
interface Subscriber {
  error(error: unknown): void;
  complete(): void;
  readonly closed: boolean;
  add(teardown: () => void): void;
}

function isSubscriber(value: unknown): value is Subscriber {
  return typeof value === 'object' && value !== null && 'closed' in value && 'add' in value && 'complete' in value;
}

function watched(subscriber: Subscriber, ends: Ends): Subscriber {
  const error = subscriber.error.bind(subscriber);
  const complete = subscriber.complete.bind(subscriber);
  return Object.assign(subscriber, {
    error(reason: unknown): void {
      // A source that goes on after its taker has left, as one that sends at once does, ends a cancelled call.
      if (!subscriber.closed) ends.onError(reason);
      error(reason);
    },
    complete(): void {
      if (!subscriber.closed) ends.onComplete();
      complete();
    },
  });
}

/** The observer given, as an object or as three functions, with the end of the call before its own. */
function observed(args: unknown[], ends: Ends): Observer {
  const [first, second, third] = args;
  const isObserver = typeof first === 'object' && first !== null;
  const given = (isObserver ? first : { next: first, error: second, complete: third }) as Observer;
  return {
    next: (value) => given.next?.(value),
    error: (reason) => {
      ends.onError(reason);
      // What an observer throws, as RxJS's own does where there is none, is reported by the observable.
      if (typeof given.error !== 'function') throw reason;
      given.error(reason);
    },
    complete: () => {
      ends.onComplete();
      given.complete?.();
    },
  };
}
