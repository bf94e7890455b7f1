import { dirname } from 'node:path';

/** A copy of trefoil that is in use in the process. Copies of every version read it: nothing is ever taken out. */
interface LoadedCopy {
  /** The folder that it is loaded from. */
  readonly location: string;
  /** What it has decorated or observes, as `Class.method`. */
  decorated(): readonly string[];
  /** Told of another copy that comes into use later. */
  onOther(): void;
}

/** Found by every copy, whatever module system or bundle it came by. */
const registryKey = Symbol.for('trefoil.copies');

const listeners = new Set<() => void>();
let own: LoadedCopy | undefined;

/**
 * Enter this copy, once it decorates something or has a runtime; merely importing it does nothing. A copy that is loaded
 * anew from the same place, as test runners and watchers do, takes the place of the earlier one.
 */
export function enterCopy(decorated: () => readonly string[]): void {
  if (own !== undefined) return;
  own = { location: ownLocation(), decorated, onOther: tellListeners };
  const { location } = own;
  const copies = loadedCopies();
  const before = copies.findIndex((copy) => copy.location === location);
  if (before === -1) copies.push(own);
  else copies[before] = own;
  for (const other of otherCopies()) attempt(() => other.onOther());
}

/** Tells of each copy that comes into use from now on. Gives what ends that. */
export function onOtherCopy(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Where this copy is loaded from, and the others that are in use with what they have decorated. */
export function copiesInUse(): {
  readonly own: string;
  readonly others: readonly { readonly location: string; readonly decorated: readonly string[] }[];
} {
  const others = otherCopies().map((copy) => ({
    location: String(copy.location),
    decorated: attempt(() => [...copy.decorated()]) ?? [],
  }));
  return { own: own?.location ?? ownLocation(), others };
}

function loadedCopies(): LoadedCopy[] {
  const { [registryKey]: known } = globalThis as { [registryKey]?: LoadedCopy[] };
  if (Array.isArray(known)) return known;
  const copies: LoadedCopy[] = [];
  Object.defineProperty(globalThis, registryKey, { value: copies, configurable: true });
  return copies;
}

function otherCopies(): LoadedCopy[] {
  const location = own?.location ?? ownLocation();
  return loadedCopies().filter((copy) => copy.location !== location);
}

function tellListeners(): void {
  for (const listener of listeners) listener();
}

/** The package's folder, or what it is bundled into. */
function ownLocation(): string {
  const file = typeof __filename === 'string' ? __filename : 'a bundle';
  return /[\\/](?:dist|src)[\\/]call[\\/]loaded-copies\.[jt]s$/.test(file) ? dirname(dirname(dirname(file))) : file;
}

/** Another version may do anything. */
function attempt<Value>(run: () => Value): Value | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
