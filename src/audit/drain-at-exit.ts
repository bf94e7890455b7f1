/** A queue whose events are lost unless it is written out before the process ends. */
export interface DrainsAtExit {
  /** The event loop has run empty: there is time to wait. */
  drain(): Promise<void>;
  /** The process ends with this turn. */
  drainNow(): void;
}

const waiting = new Set<DrainsAtExit>();

/** Until {@link forgetAtExit}: there are listeners only while some queue holds something. Gives whether it is waiting. */
export function drainAtExit(queue: DrainsAtExit): true {
  if (waiting.size === 0) {
    process.on('beforeExit', onBeforeExit);
    process.on('exit', onExit);
  }
  waiting.add(queue);
  return true;
}

export function forgetAtExit(queue: DrainsAtExit): false {
  if (!waiting.delete(queue) || waiting.size > 0) return false;
  process.off('beforeExit', onBeforeExit);
  process.off('exit', onExit);
  return false;
}

function onBeforeExit(): void {
  for (const queue of waiting) void queue.drain();
}

function onExit(): void {
  for (const queue of [...waiting]) queue.drainNow();
}
