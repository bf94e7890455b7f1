import type { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';

/** What the streams of Node, of `readable-stream` 1 to 4 and of `streamx` have; no family has all of it. */
export interface NodeStream extends EventEmitter {
  readonly _readableState?: HalfState | null;
  readonly _writableState?: HalfState | null;
  readonly readable?: boolean;
  readonly writable?: boolean;
  readonly destroyed?: boolean;
  readonly closed?: boolean;
  readonly errored?: unknown;
  /** Of `streamx`. */
  readonly _duplexState?: number;
  readonly destroying?: boolean;
  /** Of `through2` 2, whose `destroyed` stays false. */
  readonly _destroyed?: boolean;
}

interface HalfState {
  readonly endEmitted?: boolean;
  readonly finished?: boolean;
  readonly ended?: boolean;
  readonly length?: number;
  readonly errored?: unknown;
  readonly error?: unknown;
  readonly errorEmitted?: boolean;
  readonly closed?: boolean;
  readonly emitClose?: boolean;
  readonly autoDestroy?: boolean;
  readonly flowing?: boolean | null;
  readonly pipeTo?: object | null;
}

/** How a stream has ended; an `outcome` of `undefined` is the default one. */
export type StreamEnd =
  | { readonly threw: true; readonly error: unknown }
  | { readonly threw: false; readonly outcome: 'cancelled' | 'failure' | undefined };

/** Which halves of a stream are in use: a duplex may have been made without one of them. */
export interface Halves {
  readonly readable: boolean;
  readonly writable: boolean;
}

/** Whether a value is a stream of one of these families; one that may not be looked at is none. */
export function isNodeStream(value: object): value is NodeStream {
  try {
    return ('_readableState' in value || '_writableState' in value) && 'on' in value && typeof value.on === 'function';
  } catch {
    return false;
  }
}

/** The halves of a stream that a call returns. */
export function halvesOf(stream: NodeStream): Halves {
  const isOpen = !isDestroyed(stream) && errorOf(stream) === undefined;
  return {
    readable: stream._readableState != null && (!isOpen || stream.readable !== false || hasEnded(stream)),
    writable: stream._writableState != null && (!isOpen || stream.writable !== false || hasFinished(stream)),
  };
}

/** Whether a readable half has emitted `end`. */
export function hasEnded({ _readableState: state, _duplexState: ofStreamx }: NodeStream): boolean {
  return (ofStreamx === undefined ? state?.endEmitted : state?.ended) === true;
}

/** Whether a writable half has emitted `finish`. */
export function hasFinished({ _writableState: state, _duplexState: ofStreamx }: NodeStream): boolean {
  return (ofStreamx === undefined ? state?.finished : state?.ended) === true;
}

/** The error that a stream has kept, which it may still have to emit. */
export function errorOf(stream: NodeStream): { readonly error: unknown } | undefined {
  const { _readableState: readable, _writableState: writable } = stream;
  for (const error of [stream.errored, writable?.errored, readable?.errored, writable?.error, readable?.error]) {
    if (error === undefined || error === null || typeof error === 'boolean') continue;
    // streamx makes itself one where it is destroyed without any.
    if (typeof error === 'object' && 'code' in error && error.code === 'STREAM_DESTROYED') continue;
    return { error };
  }
  return undefined;
}

/** Whether a stream has been destroyed, or is being so. */
export function isDestroyed(stream: NodeStream): boolean {
  return stream.destroyed === true || stream.destroying === true || stream._destroyed === true;
}

/** Whether nothing more will come from a stream; `undefined` where its family does not say. */
export function isClosed(stream: NodeStream): boolean | undefined {
  if (stream._duplexState !== undefined) return stream.destroyed;
  const closed: unknown = stream.closed ?? stream._writableState?.closed ?? stream._readableState?.closed;
  return typeof closed === 'boolean' ? closed : undefined;
}

/** Whether `close` follows when a stream has been read and written to its end. */
export function willClose(stream: NodeStream): boolean {
  const state = stream._writableState ?? stream._readableState;
  return state?.autoDestroy === true && state.emitClose === true && state.closed === false;
}

/** Whether a stream may be destroyed without any event: without `emitClose`, and in `readable-stream` 2. */
export function endsInSilence(stream: NodeStream): boolean {
  return stream._duplexState === undefined && (stream._writableState ?? stream._readableState)?.emitClose !== true;
}

/** Whether a stream was destroyed that ends by that as if it were complete: one of `readable-stream` 2. */
export function endsWhenDestroyed(stream: NodeStream): boolean {
  const state = stream._writableState ?? stream._readableState;
  return isDestroyed(stream) && state?.emitClose === undefined && stream._duplexState === undefined;
}

/** How a stream that is over has ended, judged as by `finished()` of `node:stream`; never throws. */
export function endOf(stream: NodeStream, halves: Halves): StreamEnd {
  try {
    return judgedEnd(stream, halves);
  } catch {
    return { threw: false, outcome: 'cancelled' };
  }
}

function judgedEnd(stream: NodeStream, halves: Halves): StreamEnd {
  const failure = errorOf(stream);
  if (failure !== undefined) return { threw: true, error: failure.error };
  const { _readableState: readable, _writableState: writable } = stream;
  // Some say only that there was one.
  if (readable?.errorEmitted === true || writable?.errorEmitted === true) return { threw: false, outcome: 'failure' };
  if (endsWhenDestroyed(stream)) return { threw: false, outcome: 'cancelled' };
  // Where only the event is missing.
  const isRead = hasEnded(stream) || (readable?.closed === true && isDrained(readable));
  const isWritten = hasFinished(stream) || (writable?.closed === true && isDrained(writable));
  const isComplete = (!halves.readable || isRead) && (!halves.writable || isWritten);
  return { threw: false, outcome: isComplete ? undefined : 'cancelled' };
}

function isDrained({ ended, length }: HalfState): boolean {
  return ended === true && length === 0;
}

/** Whether anybody has begun to read a stream. */
export function isBegun(stream: NodeStream): boolean {
  const { _readableState: state } = stream;
  return (
    Readable.isDisturbed(stream as unknown as Readable) ||
    typeof state?.flowing === 'boolean' ||
    (typeof state?.pipeTo === 'object' && state.pipeTo !== null) ||
    stream.listenerCount('data') + stream.listenerCount('readable') > 0
  );
}
