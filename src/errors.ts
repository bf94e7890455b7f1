/**
 * The one table of trefoil's codes. A code is never reused for another meaning.
 *
 * `error` codes are thrown as a {@link TrefoilError}; `report` codes never reach the caller: they are counted and
 * reported through diagnostics, `status()` or `describe()`.
 */
export const errorTable = {
  TREFOIL_OPTIONS_INVALID: { kind: 'error', summary: 'an option is unknown or has a wrong value' },
  TREFOIL_CONTAINER_INVALID: { kind: 'error', summary: 'the second argument is not a tsyringe container' },
  TREFOIL_ALREADY_INITIALIZED: { kind: 'error', summary: 'the container has a running runtime already' },
  TREFOIL_NOT_INITIALIZED: { kind: 'error', summary: 'there is no running runtime' },
  TREFOIL_BACKEND_INVALID: {
    kind: 'error',
    summary: 'a backend of your own cannot be made or lacks required methods',
  },
  TREFOIL_DECORATOR_TARGET: { kind: 'error', summary: 'a decorator stands on something that it cannot instrument' },
  TREFOIL_DECORATOR_OPTIONS: { kind: 'error', summary: 'a decorator was given options that it cannot use' },
  TREFOIL_DECORATOR_CONFLICT: { kind: 'error', summary: 'two decorators of one stack contradict each other' },
  TREFOIL_EVENT_TYPE_REQUIRED: { kind: 'error', summary: 'no audit event type can be inferred from the method name' },
  TREFOIL_METRIC_INVALID: { kind: 'error', summary: 'a metric, its labels, buckets or value are not valid' },
  TREFOIL_METRIC_CONFLICT: { kind: 'error', summary: 'one metric name is declared in two incompatible ways' },
  TREFOIL_METRICS_PORT: { kind: 'error', summary: 'the metrics endpoint cannot listen on its port' },
  TREFOIL_METRICS_REGISTRY: { kind: 'error', summary: 'a metrics registry cannot take or find a member' },
  TREFOIL_METRICS_PUSH: { kind: 'error', summary: 'a Pushgateway did not take the metrics' },
  TREFOIL_METRICS_EXPORTER: { kind: 'error', summary: 'the exporter of metrics cannot be created' },
  TREFOIL_AUDIT_PATH: { kind: 'error', summary: 'the audit file cannot be created or written' },
  TREFOIL_AUDIT_KEY: { kind: 'error', summary: 'a key of the audit trail cannot be read' },
  TREFOIL_AUDIT_NOT_WRITTEN: { kind: 'error', summary: 'the audit journal could not write an event' },
  TREFOIL_AUDIT_LATE: { kind: 'error', summary: 'an audit event was not confirmed in time, and may be kept or not' },
  TREFOIL_AUDIT_DELIVERY: { kind: 'error', summary: 'a stronger delivery is asked for than the backend can give' },
  TREFOIL_AUDIT_UNAVAILABLE: { kind: 'error', summary: 'the intent could not be recorded; the method was not called' },
  TREFOIL_AUDIT_OUTCOME: { kind: 'error', summary: 'the method ran, but its outcome could not be recorded' },
  TREFOIL_AUDIT_EVENT_INVALID: { kind: 'error', summary: 'an audit event cannot be read, or could not be read back' },
  TREFOIL_AUDIT_TRAIL: { kind: 'error', summary: 'an audit trail cannot be read' },
  TREFOIL_LOGGING_PATH: { kind: 'error', summary: 'the log file cannot be created or written' },
  TREFOIL_TRACING_START: { kind: 'error', summary: 'the span exporter cannot be created' },
  TREFOIL_PEER_MISSING: { kind: 'error', summary: 'an optional package that the options ask for is not installed' },
  TREFOIL_OTEL_API_DUPLICATED: { kind: 'error', summary: 'two copies of @opentelemetry/api are loaded' },
  TREFOIL_DUPLICATED: { kind: 'error', summary: 'two copies of trefoil are in use' },
  TREFOIL_VERIFY_FAILED: { kind: 'error', summary: 'verify() found problems' },
  TREFOIL_CLOSED: { kind: 'error', summary: 'a runtime or backend is used after it was closed' },
  TREFOIL_SHUTDOWN_TIMEOUT: { kind: 'report', summary: 'flushing did not finish within the shutdown deadline' },
  TREFOIL_ENVIRONMENT_IGNORED: { kind: 'report', summary: 'an environment variable has a value that cannot be used' },
  TREFOIL_ID_INVALID: { kind: 'report', summary: 'an id generator threw or gave no id; a random UUID took its place' },
  TREFOIL_HANDLER_FAILED: { kind: 'report', summary: 'a call handler threw' },
  TREFOIL_SELECTOR_FAILED: { kind: 'report', summary: 'a selector threw; its field was left out' },
  TREFOIL_BACKEND_FAILED: { kind: 'report', summary: 'a backend failed to take a record' },
  TREFOIL_EXPORT_FAILED: { kind: 'report', summary: 'an exporter has lost records' },
  TREFOIL_PLAN_FAILED: { kind: 'report', summary: 'a call could not be instrumented and ran bare' },
  TREFOIL_BACKEND_MISSING: { kind: 'report', summary: 'methods ask for spans, and nothing says where spans go' },
  TREFOIL_CALL_FROM_TELEMETRY: { kind: 'report', summary: 'telemetry itself called a decorated method' },
  TREFOIL_FOREIGN_DECORATOR: { kind: 'report', summary: 'a foreign decorator stands inside a stack of trefoil’s' },
  TREFOIL_DECORATOR_WITHOUT_EFFECT: { kind: 'report', summary: 'a decorator has no effect on its class' },
  TREFOIL_NAME_UNSTABLE: { kind: 'report', summary: 'a class name looks like one that a bundler has made' },
  TREFOIL_AUDIT_JOURNAL: { kind: 'report', summary: 'the audit journal met a failing disk, damage or a foreign file' },
  TREFOIL_PROPAGATION_FAILED: {
    kind: 'report',
    summary: 'a context could not be written to headers, or read from them',
  },
  TREFOIL_AUDIT_WEAKENED: { kind: 'report', summary: 'a change of the options keeps audit events less safely' },
  TREFOIL_OPTION_UNUSED: { kind: 'report', summary: 'an option has no effect, because of another one' },
  TREFOIL_AUDIT_VOLATILE: { kind: 'report', summary: 'audit events are kept in memory only' },
  TREFOIL_METRIC_IGNORED: { kind: 'report', summary: 'a value that is no finite number was not recorded' },
  TREFOIL_METRIC_CALLBACK: {
    kind: 'report',
    summary: 'a callback of an observable metric failed or did not come back',
  },
  TREFOIL_LABEL_FOLDED: {
    kind: 'report',
    summary: 'a label value was folded into "other", or an unknown label was left out',
  },
} as const satisfies Record<string, { kind: 'error' | 'report'; summary: string }>;

/** Every code that trefoil throws or reports; the table in `docs/reference/errors.md` explains each. */
export type TrefoilErrorCode = keyof typeof errorTable;

/** Something that is wrong, such as one option of several. */
export interface WrongValue {
  /** The option's path. */
  readonly where: string;
  /** What would have been right. */
  readonly expected: string;
  /** What was there instead. */
  readonly given: string;
}

/** The parts of an error message, in the order in which they are printed. */
export interface ErrorPath {
  /** What was attempted. */
  readonly attempted: string;
  /** Where: the option's path, the class and method, the file or the port. */
  readonly where: string;
  /** Why it failed, where expected and given do not say it. */
  readonly why?: string;
  /** What would have been right. */
  readonly expected?: string;
  /** What was there instead. */
  readonly given?: string;
  /** What else is wrong, where more than one option is. */
  readonly others?: readonly WrongValue[];
  /** What to do about it. */
  readonly todo: string;
}

/** One line from the parts of an error: what, where, why, expected and given, what to do. */
export function describeErrorPath(path: ErrorPath): string {
  const why = path.why === undefined ? '' : `: ${path.why}`;
  const comparison =
    path.expected === undefined
      ? ''
      : `: expected ${path.expected}` + (path.given === undefined ? '' : `, got ${path.given}`);
  const others = (path.others ?? []).map(
    ({ where, expected, given }) => `; at ${where}: expected ${expected}, got ${given}`,
  );
  return `${path.attempted} at ${path.where}${why}${comparison}${others.join('')}. ${path.todo}`;
}

/**
 * Every error that trefoil throws by itself. Errors of the instrumented method are never wrapped in it.
 *
 * @example
 * ```ts
 * import { initializeObservability, TrefoilError } from 'trefoil';
 *
 * try {
 *   initializeObservability({ metrics: { port: 70000 } });
 * } catch (error) {
 *   if (error instanceof TrefoilError) console.error(error.code, error.path.where);
 * }
 * ```
 */
export class TrefoilError extends Error {
  override readonly name: string = 'TrefoilError';
  /** One of the codes of the table, stable across releases. */
  readonly code: TrefoilErrorCode;
  /** The parts that the message was put together from. */
  readonly path: ErrorPath;

  constructor(code: TrefoilErrorCode, path: ErrorPath, options?: { readonly cause?: unknown }) {
    super(`${code}: ${describeErrorPath(path)}`, options);
    this.code = code;
    this.path = path;
  }
}

/** What a value looks like in an error message: short, and never its content when that could be a secret. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'boolean' || typeof value === 'number') {
    return String(value);
  }
  if (typeof value === 'string')
    return value.length > 60 ? `a string of ${value.length} characters` : JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol') return value.toString();
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`;
  return 'an object';
}
