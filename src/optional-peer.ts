import { TrefoilError } from './errors';

/** Runs a `require` of an optional package; a package that is not there becomes an error naming what to install. */
export function loadOptionalPeer<T>(packageName: string, neededFor: string, load: () => T): T {
  try {
    return load();
  } catch (cause) {
    const missing = (cause as { code?: unknown } | null)?.code === 'MODULE_NOT_FOUND';
    throw new TrefoilError(
      'TREFOIL_PEER_MISSING',
      {
        attempted: `Loading the package ${packageName}`,
        where: neededFor,
        why: missing ? 'it is not installed' : 'it cannot be loaded',
        todo: `Run: npm install ${packageName}`,
      },
      { cause },
    );
  }
}
