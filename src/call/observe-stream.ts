import { errorMonitor, type EventEmitter } from 'node:events';
import type { RunningCall } from './running-call';

/** What Node's streams, and those of the package `readable-stream`, have in common. */
interface NodeStream extends EventEmitter {
  readonly _readableState?: object | null;
  readonly _writableState?: object | null;
  readonly readableEnded?: boolean;
  readonly writableFinished?: boolean;
  readonly destroyed?: boolean;
  readonly errored?: unknown;
}

/** A stream that nobody reads or closes for this long is given up, as cancelled. */
const patienceMs = 10 * 60_000;

/** Whether a value is a stream of Node's making. */
export function isNodeStream(value: object): value is NodeStream {
  return ('_readableState' in value || '_writableState' in value) && 'on' in value && typeof value.on === 'function';
}

/**
 * Observes a stream until its end, its error or its premature close (`cancelled`), without listening in a way that
 * would change it: an error that nobody handles stays fatal, and nothing begins to flow.
 */
export function observeStream(stream: NodeStream, running: RunningCall): void {
  let failure: { readonly error: unknown } | undefined;
  const isComplete = (): boolean =>
    (stream._readableState == null || stream.readableEnded !== false) &&
    (stream._writableState == null || stream.writableFinished !== false);
  const finish = (isGivenUp = false): void => {
    clearTimeout(timer);
    stream.off(errorMonitor, onError).off('end', onEnd).off('finish', onEnd).off('close', onClose);
    if (failure !== undefined) running.finish(true, failure.error);
    else running.finish(false, stream, isGivenUp || !isComplete() ? 'cancelled' : undefined);
  };
  const onError = (error: unknown): void => void (failure ??= { error });
  const onEnd = (): void => void (isComplete() && finish());
  const onClose = (): void => finish();
  const timer = setTimeout(finish, patienceMs, true);
  timer.unref();
  if (stream.errored !== undefined && stream.errored !== null) onError(stream.errored);
  if (stream.destroyed === true) return finish();
  stream.on(errorMonitor, onError).on('end', onEnd).on('finish', onEnd).on('close', onClose);
}
