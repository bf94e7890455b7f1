import { SpanKind } from '@opentelemetry/api';
import * as v from 'valibot';
import { AuditEventType } from '../call/event-type';
import type { CallFields, LabelDeclaration, MetricDeclaration, Operation, Selector } from '../call/operation';
import { TrefoilError } from '../errors';
import { validateOptions } from '../validate-options';

const selector = v.custom<Selector>((value) => typeof value === 'function', 'a function of the arguments');
const text = v.pipe(v.string(), v.nonEmpty('a text that is not empty'));

const slowMs = v.optional(
  v.union([
    v.literal(false),
    v.pipe(
      v.number(),
      v.check((value) => value >= 0, 'a number of milliseconds from 0 on, or false'),
    ),
  ]),
);

const callEntries = {
  operation: v.optional(text),
  outcome: v.optional(selector),
  returns: v.optional(v.literal('same')),
  callback: v.optional(v.literal('last')),
  slowMs,
  when: v.optional(selector),
};

const detailEntries = {
  item: v.optional(selector),
  user: v.optional(selector),
  attributes: v.optional(selector),
  onResult: v.optional(selector),
};

const delivery = v.optional(v.picklist(['strict', 'durable', 'buffered', 'bestEffort']));
const onFailure = v.optional(v.picklist(['fail-operation', 'continue']));

const auditEntries = {
  event: v.optional(v.picklist(Object.values(AuditEventType))),
  metadata: v.optional(selector),
  changes: v.optional(
    v.strictObject({ before: v.optional(selector), after: v.optional(selector), diff: v.optional(v.boolean()) }),
  ),
  delivery,
  onFailure,
  execution: v.optional(v.literal('async')),
};

const kind = v.optional(v.enum(SpanKind));

const label = v.union([
  v.string(),
  selector,
  v.strictObject({ values: v.pipe(v.array(v.string()), v.minLength(1)), select: selector }),
]);

const metricEntries = {
  name: v.optional(text),
  help: v.optional(text),
  labels: v.optional(v.record(v.string(), label)),
};

const buckets = v.pipe(
  v.array(v.number()),
  v.check(
    (bounds) => bounds.length > 0 && bounds.every((bound, index) => bound > (bounds[index - 1] ?? 0)),
    'positive upper bounds in ascending order',
  ),
);

/** The schemas of the decorators' options; each refuses keys that it does not know. */
export const optionSchemas = {
  Audited: v.strictObject({ ...callEntries, ...detailEntries, ...auditEntries }),
  Traced: v.strictObject({ ...callEntries, ...detailEntries, kind, name: v.optional(v.union([text, selector])) }),
  Timed: v.strictObject({ ...callEntries, ...metricEntries, buckets: v.optional(buckets) }),
  Counted: v.strictObject({ ...callEntries, ...metricEntries }),
  Observed: v.strictObject({ ...callEntries, ...detailEntries, ...auditEntries, kind }),
  Store: v.strictObject({
    name: v.optional(text),
    type: v.optional(text),
    id: v.optional(v.union([v.string(), selector])),
    outcome: v.optional(selector),
    delivery,
    onFailure,
    slowMs,
  }),
} as const;

type DecoratorName = keyof typeof optionSchemas;

/** The options of one decorator, validated. */
export type ValidOptions<Name extends DecoratorName> = v.InferOutput<(typeof optionSchemas)[Name]>;

/**
 * Reads the options of a decorator where it is applied, for only there it is known what it stands on.
 *
 * @param options validated once, however many methods the decorator is applied to
 * @returns gives the options, or throws `TREFOIL_DECORATOR_OPTIONS` naming the class and the method
 */
export function decoratorOptions<Name extends DecoratorName>(
  decorator: Name,
  options: unknown,
): (place: string) => ValidOptions<Name> {
  let valid: ValidOptions<Name> | undefined;
  return (place) =>
    (valid ??= validateOptions(optionSchemas[decorator], options === undefined ? {} : options, {
      code: 'TREFOIL_DECORATOR_OPTIONS',
      attempted: `Reading the options of @${decorator}`,
      where: place,
      todo: `See the options of @${decorator} in the documentation.`,
    }));
}

/** The fields that belong to the whole call, out of any decorator's options. */
export function callFields(options: Readonly<Record<string, unknown>>): CallFields {
  const { operation, item, user, attributes, onResult, outcome, returns, callback, slowMs } = options as CallFields;
  return { operation, item, user, attributes, onResult, outcome, returns, callback, slowMs };
}

interface MetricInput {
  readonly name?: string | undefined;
  readonly help?: string | undefined;
  readonly labels?: Readonly<Record<string, string | Selector | LabelDeclaration>> | undefined;
  readonly buckets?: readonly number[] | undefined;
}

const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const reservedLabels = new Set(['le', 'quantile']);

/** The metric of a user's own that `@Timed` or `@Counted` declares; `undefined` where it has no name. */
export function metricDeclaration(
  source: string,
  operation: Operation,
  input: MetricInput,
): MetricDeclaration | undefined {
  const refuse = (
    code: 'TREFOIL_DECORATOR_OPTIONS' | 'TREFOIL_METRIC_INVALID',
    expected: string,
    given: string,
  ): never => {
    throw new TrefoilError(code, {
      attempted: `Declaring the metric of ${source}`,
      where: operation.place,
      expected,
      given,
      todo: 'Give the metric and its labels names in snake_case, and labels only together with a name.',
    });
  };
  if (input.name === undefined) {
    if (input.labels !== undefined)
      refuse('TREFOIL_DECORATOR_OPTIONS', 'labels together with a `name`', 'labels alone');
    if (input.buckets !== undefined)
      refuse('TREFOIL_DECORATOR_OPTIONS', 'buckets together with a `name`', 'buckets alone');
    return undefined;
  }
  if (!metricName.test(input.name))
    refuse('TREFOIL_METRIC_INVALID', 'a Prometheus metric name', JSON.stringify(input.name));
  const declared: Record<string, LabelDeclaration> = {};
  for (const [name, value] of Object.entries(input.labels ?? {})) {
    if (!labelName.test(name) || name.startsWith('__') || reservedLabels.has(name)) {
      refuse('TREFOIL_METRIC_INVALID', 'a Prometheus label name that is not reserved', JSON.stringify(name));
    }
    declared[name] = typeof value === 'object' ? value : { select: value };
  }
  const help = input.help ?? `Calls of ${operation.methodName}.`;
  return { name: input.name, help, labels: declared, buckets: input.buckets };
}
