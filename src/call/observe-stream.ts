import { errorMonitor, type EventEmitter } from 'node:events';
import type { RunningCall } from './running-call';
import { StreamCall } from './stream-call';

/** What Node's streams, and those of the package `readable-stream`, have in common. */
interface NodeStream extends EventEmitter {
  readonly _readableState?: object | null;
  readonly _writableState?: object | null;
  readonly readableEnded?: boolean;
  readonly writableFinished?: boolean;
  readonly destroyed?: boolean;
  readonly errored?: unknown;
}

/** Whether a value is a stream of Node's making. */
export function isNodeStream(value: object): value is NodeStream {
  return ('_readableState' in value || '_writableState' in value) && 'on' in value && typeof value.on === 'function';
}

/**
 * Observes a stream until its end, its error or its premature close (`cancelled`), without listening in a way that
 * would change it: an error that nobody handles stays fatal, and nothing begins to flow.
 */
export function observeStream(stream: NodeStream, running: RunningCall): void {
  let call: StreamCall | undefined = undefined;
  let failure: { readonly error: unknown } | undefined;
  const isComplete = (): boolean =>
    (stream._readableState == null || stream.readableEnded !== false) &&
    (stream._writableState == null || stream.writableFinished !== false);
  const finish = (): void => {
    stream.off(errorMonitor, onError).off('end', onEnd).off('finish', onEnd).off('close', finish);
    if (failure !== undefined) call?.end(true, failure.error);
    else call?.end(false, stream, isComplete() ? undefined : 'cancelled');
  };
  const onError = (error: unknown): void => {
    failure ??= { error };
    // Where nobody handles it, the process ends before the stream closes.
    if (stream.listenerCount('error') === 0) finish();
  };
  const onEnd = (): void => void (isComplete() && finish());
  if (stream.errored !== undefined && stream.errored !== null) onError(stream.errored);
  if (stream.destroyed !== true) {
    stream.on(errorMonitor, onError).on('end', onEnd).on('finish', onEnd).on('close', finish);
  }
  call = new StreamCall(stream, running);
  if (stream.destroyed === true) finish();
}
