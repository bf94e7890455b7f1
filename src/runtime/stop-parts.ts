import { messageOf } from '../diagnostics';
import { lastInFirstOut, type Parts } from './backends';
import type { Part } from './part';

/** How a shutdown went; it never rejects. */
export interface ShutdownReport {
  /** Whether the deadline passed before everything was flushed and closed. */
  readonly timedOut: boolean;
  /** What failed to flush or close, or was still at it when the deadline passed. */
  readonly errors: readonly { readonly part: string; readonly message: string }[];
}

/** Flushes parts, last in first out, and gives the errors of those that failed. */
export async function flushParts(parts: Parts): Promise<unknown[]> {
  const errors: unknown[] = [];
  for (const part of lastInFirstOut(parts)) await attempt(part.flush(), (error) => errors.push(error));
  return errors;
}

/**
 * Flushes and closes parts, last in first out, within a deadline. When it has passed, what is still open is told to
 * close, and nobody waits for it. Never rejects.
 *
 * @param parts those in force; asked for once the calls in flight are done
 * @param whenIdle resolves when nobody writes to them any more
 * @param onLate called when the deadline has passed, before anything is closed
 */
export async function stopParts(
  parts: () => Parts,
  whenIdle: Promise<unknown>,
  deadlineMs: number,
  onLate: () => void,
): Promise<ShutdownReport> {
  const errors: { part: string; message: string }[] = [];
  const closed = new Set<Part>();
  let waitingFor = 'calls in flight';
  let isLate = false;
  const stopAll = async (): Promise<void> => {
    // What is recorded already does not wait for calls, which may never end.
    const early = setImmediate(() => void flushParts(parts()));
    await whenIdle;
    clearImmediate(early);
    for (const part of lastInFirstOut(parts())) {
      if (isLate) return;
      waitingFor = part.section;
      const note = (error: unknown): void => void errors.push({ part: part.section, message: messageOf(error) });
      await attempt(part.flush(), note);
      if (isLate) return;
      closed.add(part);
      await attempt(part.close(), note);
    }
  };
  isLate = await passesFirst(deadlineMs, stopAll());
  if (isLate) {
    onLate();
    errors.push({ part: waitingFor, message: `not done within ${deadlineMs} ms` });
    for (const part of lastInFirstOut(parts())) if (!closed.has(part)) void attempt(part.close());
  }
  return { timedOut: isLate, errors: [...errors] };
}

/** Waits for something that may fail; its failure is told, not thrown. */
export async function attempt(
  work: Promise<unknown>,
  onError: (error: unknown) => void = () => undefined,
): Promise<void> {
  try {
    await work;
  } catch (error) {
    onError(error);
  }
}

/** Whether the deadline comes before the work is done. */
function passesFirst(deadlineMs: number, work: Promise<void>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), deadlineMs);
    void work.then(() => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}
