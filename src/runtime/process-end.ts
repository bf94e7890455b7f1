/** Something that has to be shut down before the process ends. */
export interface ShutsDown {
  shutdown(): Promise<unknown>;
}

const signals = ['SIGTERM', 'SIGINT'] as const;
const running = new Set<ShutsDown>();

/** Shut a runtime down on SIGTERM, SIGINT and when the event loop runs empty. */
export function shutDownAtProcessEnd(runtime: ShutsDown): void {
  if (running.size === 0) {
    for (const signal of signals) process.on(signal, onSignal);
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

function onSignal(signal: NodeJS.Signals): void {
  // A listener takes the signal's default effect away; where it was the only one, leaving is up to us again.
  const isOnlyListener = process.listenerCount(signal) === 1;
  void shutDownAll().then(() => {
    if (isOnlyListener) process.kill(process.pid, signal);
  });
}

function onBeforeExit(): void {
  void shutDownAll();
}

async function shutDownAll(): Promise<void> {
  await Promise.all([...running].map((runtime) => runtime.shutdown()));
}
