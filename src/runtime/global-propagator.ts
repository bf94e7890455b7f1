import {
  createContextKey,
  defaultTextMapGetter,
  propagation,
  ROOT_CONTEXT,
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api';

/** How headers are written and read in the process. */
export interface PropagationStatus {
  /** Whose propagator does it: trefoil's, one that the application has set up, or none. */
  readonly from: 'trefoil' | 'application' | 'none';
  /** The headers that it writes, beside `x-correlation-id` and `x-request-id`. */
  readonly headers: readonly string[];
}

/** The propagators of the running runtimes, by runtime: there is but one for the process, that of the first of them. */
const propagators = new Map<object, TextMapPropagator>();

const probe = {};
const probeKey = createContextKey('trefoil propagator');

/** Installed once for all runtimes: the API takes no second one in its place. */
const ownPropagator: TextMapPropagator = {
  inject: (within: Context, carrier: unknown, setter: TextMapSetter) => inForce()?.inject(within, carrier, setter),
  extract(within: Context, carrier: unknown, getter: TextMapGetter) {
    if (carrier === probe) return within.setValue(probeKey, true);
    return inForce()?.extract(within, carrier, getter) ?? within;
  },
  fields: () => inForce()?.fields() ?? [],
};

/**
 * Lets OpenTelemetry's API use a runtime's propagator, unless the application has set one up, or another runtime was first.
 *
 * @param propagator `undefined` takes back what the runtime had before
 */
export function usePropagator(runtime: object, propagator: TextMapPropagator | undefined): void {
  if (propagator === undefined) propagators.delete(runtime);
  else propagators.set(runtime, propagator);
  const isInstalled = isOwnInstalled();
  if (propagators.size === 0) {
    // What the application has set up in the meantime is not ours to take away.
    if (isInstalled) propagation.disable();
  } else if (!isInstalled && headersInUse().length === 0) {
    propagation.setGlobalPropagator(ownPropagator);
  }
}

/** How headers are written and read, right now. */
export function propagationStatus(): PropagationStatus {
  const headers = headersInUse();
  return { from: isOwnInstalled() ? 'trefoil' : headers.length > 0 ? 'application' : 'none', headers };
}

function inForce(): TextMapPropagator | undefined {
  const [first] = propagators.values();
  return first;
}

/** The API does not give away what is installed, but lets it be used. */
function isOwnInstalled(): boolean {
  try {
    return propagation.extract(ROOT_CONTEXT, probe, defaultTextMapGetter).getValue(probeKey) === true;
  } catch {
    return false;
  }
}

/** None of them means that nothing is installed. */
function headersInUse(): readonly string[] {
  try {
    return propagation.fields();
  } catch {
    return [];
  }
}
