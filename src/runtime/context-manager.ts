import { AsyncLocalStorage } from 'node:async_hooks';
import { context, type Context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { isContextCarried, useContextStorage } from '../call/context';
import { TrefoilError } from '../errors';

/**
 * Sees to it that OpenTelemetry's Context is carried over asynchronous boundaries: where the application has set up a
 * context manager, that one; else one on AsyncLocalStorage, installed here. Nothing is installed twice.
 *
 * @returns what stands in the way, if contexts are not carried even so
 */
export function ensureContextManager(): TrefoilError | undefined {
  if (isContextCarried()) return undefined;
  const manager = new AsyncLocalStorageContextManager().enable();
  if (context.setGlobalContextManager(manager) && isContextCarried()) {
    useContextStorage(storageOf(manager));
    return undefined;
  }
  manager.disable();
  const incompatible = 'the copy that was set up first has a version that this one cannot use, so nothing is carried';
  return duplicateApiError(loadedCopies(), incompatible);
}

/** Where the manager keeps the Context. It does not say so (seen in 2.12.0); without it, the API's way is taken. */
function storageOf(manager: object): AsyncLocalStorage<Context> | undefined {
  const { _asyncLocalStorage: storage } = manager as { readonly _asyncLocalStorage?: unknown };
  return storage instanceof AsyncLocalStorage ? (storage as AsyncLocalStorage<Context>) : undefined;
}

/** The copies of @opentelemetry/api that are loaded, if they are more than one. */
export function findDuplicateApi(): TrefoilError | undefined {
  const copies = loadedCopies();
  return copies.length > 1
    ? duplicateApiError(copies, 'what is set up through one copy may be invisible to another, and its spans are lost')
    : undefined;
}

/** The API finds its global state by version, so that copies of it need not see each other. */
function loadedCopies(): string[] {
  const copies = new Set<string>();
  for (const file of Object.keys(require.cache)) {
    const [, root] = /^(.*[\\/]@opentelemetry[\\/]api)[\\/]build[\\/]/.exec(file) ?? [];
    if (root !== undefined) copies.add(root);
  }
  return [...copies];
}

function duplicateApiError(copies: readonly string[], why: string): TrefoilError {
  return new TrefoilError('TREFOIL_OTEL_API_DUPLICATED', {
    attempted: 'Looking for the OpenTelemetry API',
    where: copies.join(' and '),
    why,
    expected: 'one copy of @opentelemetry/api in the process',
    given: copies.length > 1 ? `${copies.length} copies` : 'another copy beside it',
    todo: 'Run: npm ls @opentelemetry/api, then npm dedupe, or pin one version for all with "overrides".',
  });
}
