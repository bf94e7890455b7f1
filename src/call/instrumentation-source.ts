import type { Instrumentation } from './instrumentation';

/** One runtime, as calls see it: whatever it is configured to right now. */
export class InstrumentationSource {
  current: Instrumentation | undefined = undefined;
  wasShutDown = false;
  /** Calls that ran bare because the runtime was shut down. */
  callsAfterShutdown = 0;
}

const sourceMark = Symbol('trefoil runtime');
const markedFrozen = new WeakMap<object, InstrumentationSource>();
let isAnyFrozen = false;
let scopedSources = 0;

/** The root container's runtime; instances that came from no container of their own use it. */
export const rootSource = new InstrumentationSource();

/** Whether nothing would come of a call on this receiver: there is no runtime for it, or one that has everything off. */
export function runsBare(self: unknown): boolean {
  try {
    const { current, wasShutDown } = sourceFor(self);
    return current === undefined ? !wasShutDown : current.recordsNothing;
  } catch {
    // A receiver that cannot be asked is reported where a call begins.
    return false;
  }
}

/** Say that a container below the root has a runtime, so that instances have to be asked whose they are. */
export function addScopedSource(): void {
  scopedSources += 1;
}

/**
 * Tie an instance to the runtime of the container that it came from. The first tie stands: a shared instance keeps the
 * runtime of the container that registered it. The mark is a property because a `delay()` proxy passes properties on
 * while it hides its target from a WeakMap.
 */
export function tieInstance(instance: object, source: InstrumentationSource): void {
  if (tiedSource(instance) !== undefined) return;
  if (Object.isExtensible(instance)) {
    Object.defineProperty(instance, sourceMark, { value: source, enumerable: false, configurable: true });
  } else {
    markedFrozen.set(instance, source);
    isAnyFrozen = true;
  }
}

function tiedSource(instance: object): InstrumentationSource | undefined {
  const marked = (instance as { [sourceMark]?: InstrumentationSource })[sourceMark];
  // A proxy may answer anything to any name.
  if (marked instanceof InstrumentationSource) return marked;
  return isAnyFrozen ? markedFrozen.get(instance) : undefined;
}

/** The runtime for a call on this receiver. */
export function sourceFor(self: unknown): InstrumentationSource {
  if (scopedSources === 0 || typeof self !== 'object' || self === null) return rootSource;
  return tiedSource(self) ?? rootSource;
}
