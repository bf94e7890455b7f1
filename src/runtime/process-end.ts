/** Something that has to be shut down before the process ends. */
export interface ShutsDown {
  /** Ends the calls whose results may never end. */
  giveUp(): void;
  flush(): Promise<void>;
  shutdown(): Promise<unknown>;
}

const signals = ['SIGTERM', 'SIGINT'] as const;
const running = new Set<ShutsDown>();

/** Shut a runtime down on SIGTERM, SIGINT and when the event loop runs empty. */
export function shutDownAtProcessEnd(runtime: ShutsDown): void {
  if (running.size === 0) {
    // First in line: a `once` listener before it would be gone, and seem never to have been there.
    for (const signal of signals) process.prependListener(signal, onSignal);
    process.on('beforeExit', onBeforeExit);
  }
  running.add(runtime);
}

/** The runtime has shut down by itself; without any left, no listener stays behind. */
export function forgetAtProcessEnd(runtime: ShutsDown): void {
  if (!running.delete(runtime) || running.size > 0) return;
  for (const signal of signals) process.off(signal, onSignal);
  process.off('beforeExit', onBeforeExit);
}

const signalExitEmitter = Symbol.for('signal-exit emitter');

/** Shared by all copies of trefoil in a process, so that each knows the others' listeners from the application's. */
const ownListener = Symbol.for('trefoil signal listener');

const onSignal = Object.assign(
  (signal: NodeJS.Signals): void => {
    if (hasApplicationListener(signal)) {
      // The application leaves when it is done with its work, whose calls are to be recorded until then.
      for (const runtime of running) runtime.flush().catch(() => undefined);
      return;
    }
    // A listener takes the signal's default effect away; leaving is up to whoever is the last to be done.
    void shutDownAll().then(() => {
      if (!hasOwnListener(signal)) process.kill(process.pid, signal);
    });
  },
  { [ownListener]: true },
);

function hasOwnListener(signal: NodeJS.Signals): boolean {
  return process.listeners(signal).some((listener) => ownListener in listener);
}

function hasApplicationListener(signal: NodeJS.Signals): boolean {
  const others = process.listeners(signal).filter((listener) => !(ownListener in listener));
  return others.length > countSignalExit();
}

/**
 * How many listeners are those of the package `signal-exit`, which many depend on: they, too, leave it to others where
 * there are any, and do so by this very count (its versions 3 and 4 tell it to each other in this way).
 */
function countSignalExit(): number {
  const [version3, version4] = [
    (process as { __signal_exit_emitter__?: { count?: unknown } }).__signal_exit_emitter__,
    (globalThis as { [signalExitEmitter]?: { count?: unknown } })[signalExitEmitter],
  ];
  return [version3?.count, version4?.count].reduce<number>(
    (sum, count) => sum + (typeof count === 'number' ? count : 0),
    0,
  );
}

/** Nothing is left that could read a stream to its end: to wait for it would only hold the process up. */
function onBeforeExit(): void {
  for (const runtime of running) runtime.giveUp();
  void shutDownAll();
}

async function shutDownAll(): Promise<void> {
  await Promise.all([...running].map((runtime) => runtime.shutdown()));
}
