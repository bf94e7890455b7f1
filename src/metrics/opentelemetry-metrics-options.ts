import * as v from 'valibot';
import type { TextRedactor } from '../diagnostics';
import { validateOptions } from '../validate-options';
import { headersOption } from './header-options';

/** The longest that Node's timers can wait. */
const longestTimeoutMs = 2 ** 31 - 1;

// Checks rather than valibot's own actions: their issues carry the message as what was expected.
const timeoutMs = v.optional(
  v.pipe(
    v.number(),
    v.check(
      (value) => Number.isInteger(value) && value >= 1 && value <= longestTimeoutMs,
      `a whole number from 1 to ${longestTimeoutMs}`,
    ),
  ),
);

/** `localhost:4318` is a URL, too, but one of the scheme `localhost:`. */
const url = v.optional(
  v.pipe(
    v.string(),
    v.check(
      (text) => URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol),
      'an http or https URL',
    ),
  ),
);

const texts = v.optional(v.record(v.string(), v.string()));
const callable = v.optional(
  v.custom<(...given: never[]) => unknown>((value) => typeof value === 'function', 'a function'),
);

/** What the settings of a push by OTLP have to be, for the backend and for the runtime's section `metrics`. */
export const pushOptionEntries = {
  endpoint: url,
  url,
  protocol: v.optional(v.picklist(['http/protobuf', 'http/json', 'grpc'])),
  headers: headersOption,
  compression: v.optional(v.picklist(['gzip', 'none'])),
  timeoutMs,
  intervalMs: timeoutMs,
  flushTimeoutMs: timeoutMs,
  temporality: v.optional(v.picklist(['cumulative', 'delta'])),
};

const schema = v.strictObject({
  ...pushOptionEntries,
  serviceName: v.optional(v.string()),
  defaultLabels: texts,
  defaultMetrics: v.optional(v.union([v.boolean(), v.looseObject({})])),
  resource: texts,
  redactor: v.optional(
    v.custom<TextRedactor>(
      (value) => typeof (value as { redactText?: unknown } | null)?.redactText === 'function',
      'an object with redactText',
    ),
  ),
  onReport: callable,
  // Those of the backend in memory, which looks at them itself.
  prefix: v.unknown(),
  buckets: v.unknown(),
  labelBudget: v.unknown(),
  sourceTimeoutMs: v.unknown(),
  onProblem: v.unknown(),
});

/** @throws TrefoilError `TREFOIL_OPTIONS_INVALID` */
export function checkOpenTelemetryMetricsOptions(options: unknown): void {
  validateOptions(v.partial(schema), options, {
    code: 'TREFOIL_OPTIONS_INVALID',
    attempted: 'Making the OpenTelemetry backend of metrics',
    todo: 'Correct the option; the documentation lists them all.',
  });
}
