import { errorMonitor } from 'node:events';
import type { RunningCall } from './running-call';
import { StreamCall, type StreamProbe } from './stream-call';
import {
  endOf,
  endsInSilence,
  endsWhenDestroyed,
  errorOf,
  halvesOf,
  hasEnded,
  hasFinished,
  isBegun,
  isClosed,
  isDestroyed,
  willClose,
  type Halves,
  type NodeStream,
  type StreamEnd,
} from './stream-state';

/** A stream that is listened to, and the calls that have returned it and have not ended. */
interface Watch {
  readonly halves: Halves;
  readonly calls: Set<StreamCall>;
}

const watches = new WeakMap<NodeStream, Watch>();

/**
 * Observes a stream until its end, its error or its premature close (`cancelled`), without listening in a way that
 * would change it: an error that nobody handles stays fatal, and nothing begins to flow.
 */
export function observeStream(stream: NodeStream, running: RunningCall): void {
  const known = watches.get(stream);
  let probe: NodeStreamProbe;
  let isBeingDestroyed: boolean;
  try {
    const watch = known ?? { halves: halvesOf(stream), calls: new Set() };
    probe = new NodeStreamProbe(stream, watch);
    if (probe.isOver(stream)) {
      const end = probe.endOf(stream);
      if (end.threw) running.finish(true, end.error);
      else running.finish(false, stream, end.outcome);
      return;
    }
    isBeingDestroyed = isDestroyed(stream);
    if (known === undefined) listen(stream, watch);
  } catch {
    // One that may not be looked at or listened to: all that is known is that it was returned.
    running.finish(false, stream);
    return;
  }
  const call = new StreamCall(stream, running, stream, probe);
  probe.calls.add(call);
  // Older families keep no error: what was to come of `destroy` comes in this turn of the event loop.
  if (isBeingDestroyed) setImmediate(() => call.endIfOver()).unref();
}

/** Once for all calls that return the same stream, or their listeners would be taken for a leak. */
function listen(stream: NodeStream, { halves, calls }: Watch): void {
  watches.set(stream, { halves, calls });
  let isRead = !halves.readable || hasEnded(stream);
  let isWritten = !halves.writable || hasFinished(stream);
  const finish = (end: StreamEnd): void => {
    if (!watches.delete(stream)) return;
    for (const call of calls) call.endAs(end);
    quietly(() => {
      stream.off(errorMonitor, onError).off('end', onEnd).off('finish', onFinish).off('close', onClose);
      raiseListenerLimit(stream, -1);
    });
  };
  const onError = (error: unknown): void => finish({ threw: true, error });
  const onPart = (): void => {
    // An error may come of the closing itself, such as that of a file.
    if (isRead && isWritten && !willClose(stream)) finish({ threw: false, outcome: undefined });
  };
  const onEnd = (): void =>
    quietly(() => {
      isRead ||= !endsWhenDestroyed(stream);
      onPart();
    });
  const onFinish = (): void =>
    quietly(() => {
      isWritten ||= !endsWhenDestroyed(stream);
      onPart();
    });
  const onClose = (): void => {
    const end = endOf(stream, { readable: !isRead, writable: !isWritten });
    // A transform of `readable-stream` 2 closes first, and emits its error next.
    if (!end.threw && end.outcome === 'failure') setImmediate(finish, end).unref();
    else finish(end);
  };
  raiseListenerLimit(stream, 1);
  stream.on(errorMonitor, onError).on('end', onEnd).on('finish', onFinish).on('close', onClose);
}

/** What looking at a stream throws is not for whoever emits its events. */
function quietly(look: () => void): void {
  try {
    look();
  } catch {
    // A later event, or its collection, ends the call.
  }
}

/** The user's own listeners may be as many as before. */
function raiseListenerLimit(stream: NodeStream, by: 1 | -1): void {
  const limit = stream.getMaxListeners();
  // 0 is none.
  if (limit > 0) stream.setMaxListeners(limit + by);
}

class NodeStreamProbe implements StreamProbe {
  readonly calls: Set<StreamCall>;
  readonly isSilent: boolean;
  readonly #halves: Halves;
  #wasDestroyed = false;

  constructor(stream: NodeStream, { halves, calls }: Watch) {
    this.calls = calls;
    this.isSilent = endsInSilence(stream);
    this.#halves = halves;
  }

  endOf(stream: NodeStream): StreamEnd {
    return endOf(stream, this.#halves);
  }

  isOver(stream: NodeStream): boolean {
    const closed = isClosed(stream);
    if (closed === true || errorOf(stream) !== undefined) return true;
    const isRead = !this.#halves.readable || hasEnded(stream);
    const isWritten = !this.#halves.writable || hasFinished(stream);
    if (isRead && isWritten && !willClose(stream) && !endsWhenDestroyed(stream)) return true;
    const wasDestroyed = this.#wasDestroyed;
    this.#wasDestroyed = isDestroyed(stream);
    return closed === undefined && wasDestroyed;
  }

  isBegun(stream: NodeStream): boolean {
    return isBegun(stream);
  }
}
