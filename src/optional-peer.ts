import { TrefoilError } from './errors';

/**
 * What to throw where the `require` of an optional package has failed: it names what to install. The `require` itself has
 * to stand in a `try` of its own, by which bundlers know that the package may be missing.
 */
export function peerError(packageName: string, neededFor: string, cause: unknown): TrefoilError {
  const missing = (cause as { code?: unknown } | null)?.code === 'MODULE_NOT_FOUND';
  return new TrefoilError(
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
