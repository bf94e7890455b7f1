import { observePromise } from './observe-promise';
import type { RunningCall } from './running-call';
import { StreamCall } from './stream-call';

/** Where Node, and what is compatible with it, keeps the end of a web stream for `finished()` of `node:stream`. */
const endKey = Symbol.for('nodejs.webstream.isClosedPromise');

/** A `ReadableStream` or `WritableStream`, of whatever subclass or realm. */
interface WebStream {
  readonly [endKey]: {
    readonly promise: Promise<unknown>;
    resolve: (value?: unknown) => void;
  };
}

/** What the platform gives with a `readable` and a `writable` side, both of them web streams. */
const transforms = [
  'TransformStream',
  'CompressionStream',
  'DecompressionStream',
  'TextEncoderStream',
  'TextDecoderStream',
] as const;

/**
 * Observes a web stream, or a transform with its two, until its end, its error, or until it is cancelled or aborted.
 * It stays the very same object, and nothing is read, locked or listened to: the caller cannot tell the difference.
 *
 * @returns false where the value is none
 */
export function observeWebStream(value: object, running: RunningCall): boolean {
  if (isWebStream(value)) observeSide(value, value, running);
  else if ('readable' in value && 'writable' in value) return observeTransform(value, running);
  else return false;
  return true;
}

function isWebStream(value: unknown): value is WebStream {
  return typeof value === 'object' && value !== null && endKey in value;
}

/** A transform is done when its readable side is: by then its writable side is closed, or closed off. */
function observeTransform(transform: object, running: RunningCall): boolean {
  for (const name of transforms) {
    const constructor: unknown = Reflect.get(globalThis, name);
    if (typeof constructor !== 'function' || !(transform instanceof constructor)) continue;
    // The platform's own getters: those of a subclass could do something.
    const readable: unknown = Reflect.get(constructor.prototype as object, 'readable', transform);
    const writable: unknown = Reflect.get(constructor.prototype as object, 'writable', transform);
    if (!isWebStream(readable) || !isWebStream(writable)) continue;
    observeSide(readable, transform, running, writable);
    return true;
  }
  return false;
}

function observeSide(stream: WebStream, result: object, running: RunningCall, writable: WebStream = stream): void {
  const ending = endingOf(stream);
  const { controller } = stateOf(writable);
  const call = new StreamCall(result, running, stream);
  void observePromise(ending.promise, true, {
    onFulfilled: () => call.end(false, result, ending.wasCancelled ? 'cancelled' : undefined),
    onRejected: (error) => call.end(true, error, isAborted(controller, error) ? 'cancelled' : undefined),
  });
}

interface Ending {
  readonly promise: Promise<unknown>;
  /** Whether a readable stream has closed because nobody wanted the rest. */
  wasCancelled: boolean;
}

/** The same stream may be returned by many calls. */
const endings = new WeakMap<object, Ending>();

/**
 * A stream that is cancelled closes like one that has come to its end; only at that very moment do they differ. Of two
 * steps that the standard prescribes in this order, letting go of the source's algorithms comes before the closing at an
 * end, and after it at a cancellation, where the source has still to be told.
 */
function endingOf(stream: WebStream): Ending {
  const known = endings.get(stream);
  if (known !== undefined) return known;
  const end = stream[endKey];
  const { controller, state } = stateOf(stream);
  const source = controller === undefined ? {} : stateOf(controller);
  // Closed already, a stream of anything but bytes has been asked to close unless it was cancelled.
  const wasCancelled = state === 'closed' && source.closeRequested === false && !('pendingPullIntos' in source);
  const ending: Ending = { promise: end.promise, wasCancelled };
  if ('cancelAlgorithm' in source) {
    const { resolve } = end;
    end.resolve = (value) => {
      ending.wasCancelled = source.cancelAlgorithm !== undefined;
      resolve(value);
    };
  }
  endings.set(stream, ending);
  return ending;
}

/** What is aborted errors with the reason that was given, a writable stream that fails first with its own error. */
function isAborted(controller: Controller | undefined, error: unknown): boolean {
  const signal = controller?.signal;
  return signal?.aborted === true && (error === undefined || Object.is(signal.reason, error));
}

/** Of a writable stream, it tells by its signal of the abortion; that of a readable one has none. */
interface Controller {
  readonly signal?: AbortSignal;
}

interface InternalState {
  readonly controller?: Controller;
  readonly state?: unknown;
  readonly closeRequested?: unknown;
  readonly cancelAlgorithm?: unknown;
}

/** Node's internal state of a stream or controller, to be read only; empty where Node should keep it elsewhere. */
function stateOf(part: object): InternalState {
  const key = Object.getOwnPropertySymbols(part).find(({ description }) => description === 'kState');
  const state: unknown = key === undefined ? undefined : Reflect.get(part, key);
  return typeof state === 'object' && state !== null ? state : {};
}
