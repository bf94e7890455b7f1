/** Registers an audit backend of your own; in force from the next start or `reconfigure()`. */
export const AUDIT_BACKEND: unique symbol = Symbol('trefoil AUDIT_BACKEND');

/** Registers a metrics backend of your own; in force from the next start or `reconfigure()`. */
export const METRICS_BACKEND: unique symbol = Symbol('trefoil METRICS_BACKEND');

/** Registers a tracer of OpenTelemetry's API, of any SDK; in force from the next start or `reconfigure()`. */
export const TRACER: unique symbol = Symbol('trefoil TRACER');

/** Registers a logger of your own; in force from the next start or `reconfigure()`. */
export const LOGGER: unique symbol = Symbol('trefoil LOGGER');

/** Registers a call handler of your own; as many as you like. */
export const CALL_HANDLER: unique symbol = Symbol('trefoil CALL_HANDLER');

/** The runtime of a container, as `initializeObservability` returned it. */
export const TREFOIL: unique symbol = Symbol('trefoil TREFOIL');
