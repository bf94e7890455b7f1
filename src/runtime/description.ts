import { types } from 'node:util';
import { catalogedClasses, catalogedOperations, type LeftOutMethod } from '../call/operation-catalog';
import type { Delivery } from '../call/delivery';
import { facetNames, type Operation } from '../call/operation';
import { classNameOf } from '../call/class-name';
import { storeIdentityOfDeclaring, type StoreIdentity } from '../call/store-identity';
import { canDeliver } from '../audit/audit-backend';
import { deliveryError } from '../audit/delivery-error';
import { standardMetrics } from '../metrics/metric-names';
import { ownDefinition } from '../metrics/metrics-pillar';
import type { MetricDefinition } from '../metrics/metrics-backend';
import { partNames, type Parts } from './backends';
import { problemsOfClasses, staysBare } from './class-problems';
import { findDuplicateApi } from './context-manager';
import { findDuplicateCopies } from './duplicate-copies';
import type { ReadOptions, ResolvedOptions } from './options';
import { problemOf, type Problem } from './problem';

/** One decorated method. */
export interface DescribedMethod {
  /** The class that declares it, or the store that an observed function belongs to; `unknown` in the standard dialect until the class has a `@Store` or an instance. */
  readonly className: string;
  readonly method: string;
  readonly store: string;
  readonly storeType: string;
  /** The `operation` label. */
  readonly operation: string;
  readonly eventType: string | undefined;
  /** Which of audited, traced, timed and counted it asks for; none where the class has the bare method even so. */
  readonly pillars: readonly string[];
  /** Metrics of its own, with their labels. */
  readonly metrics: readonly { readonly name: string; readonly labels: readonly string[] }[];
  /** Where each pillar's records go, `none` where a pillar is off. */
  readonly backends: Readonly<Record<string, string>>;
  /** What is as it should be, and yet may not be what is expected of it. */
  readonly notes: readonly string[];
}

/** Everything that is decorated, and what is wrong with it. */
export interface Description {
  readonly service: string;
  readonly environment: string;
  readonly methods: readonly DescribedMethod[];
  /** Methods that a class-wide `@Observed` did not cover. */
  readonly leftOut: readonly { readonly className: string; readonly methods: readonly LeftOutMethod[] }[];
  readonly problems: readonly Problem[];
}

const sectionOfFacet = { audited: 'audit', traced: 'tracing', timed: 'metrics', counted: 'metrics' } as const;

/** Lists every decorated method of the process against the backends of one runtime. */
export function describeRuntime(
  parts: Parts,
  { resolved: options, isTracingUnasked }: Pick<ReadOptions, 'resolved' | 'isTracingUnasked'>,
  startupProblems: readonly Problem[],
): Description {
  const operations = [...catalogedOperations()];
  return {
    service: options.service.name,
    environment: options.service.environment,
    methods: operations.map((operation) => describeMethod(operation, parts, options)),
    leftOut: [...catalogedClasses()]
      .filter(({ leftOut }) => leftOut.length > 0)
      .map(({ constructor, leftOut }) => ({ className: classNameOf(constructor), methods: leftOut })),
    problems: [
      ...startupProblems,
      ...problemsOfParts(parts, options),
      ...problemsOfApi(startupProblems),
      ...problemsOfCopies(),
      ...problemsOfClasses(operations),
      ...(isTracingUnasked ? problemOfTracing(operations, parts) : []),
      ...problemsOf(operations, parts),
    ],
  };
}

function describeMethod(operation: Operation, parts: Parts, options: ResolvedOptions): DescribedMethod {
  const { facets, declaringClass } = operation;
  const store = storeOf(operation);
  const className = declaringClass === undefined ? (store?.name ?? 'unknown') : classNameOf(declaringClass);
  const pillars = staysBare(operation) ? [] : facetNames.filter((facet) => facets[facet] !== undefined);
  return {
    className,
    method: operation.methodName,
    store: store?.name ?? className,
    storeType: store?.type ?? 'unspecified',
    operation: operation.name,
    eventType: facets.audited?.event,
    pillars,
    metrics: ownMetrics(operation).map(({ name, labelNames }) => ({ name, labels: labelNames })),
    backends: Object.fromEntries(pillars.map((facet) => [facet, parts[sectionOfFacet[facet]].backendName])),
    notes: [...notesOn(operation, parts, options)],
  };
}

/** Where a caller can wait for the audit event is known of generators alone before the call. */
function* notesOn(operation: Operation, { audit }: Parts, options: ResolvedOptions): Generator<string> {
  const { method, facets } = operation;
  if (facets.audited === undefined || audit.isOff || !types.isGeneratorFunction(method)) return;
  const wanted: Delivery = deliveryAskedBy(operation) ?? options.audit.delivery;
  const { guarantees } = audit.backend;
  const delivery = canDeliver(guarantees, wanted) ? wanted : guarantees.delivery;
  if (delivery === 'strict') {
    yield 'strict: the intent is recorded before the generator begins; nobody waits for the outcome, which follows by itself when it ends.';
  } else if (delivery === 'durable') {
    yield 'durable: nobody waits for the audit event, which follows by itself when the generator ends.';
  }
}

/** What a method, or else its store, asks for. */
function deliveryAskedBy(operation: Operation): Delivery | undefined {
  const { audited } = operation.facets;
  return audited === undefined ? undefined : (audited.delivery ?? storeOf(operation)?.delivery);
}

/** The store that it is known to belong to. */
function storeOf({ store, declaringClass }: Operation): StoreIdentity | undefined {
  return store ?? (declaringClass === undefined ? undefined : storeIdentityOfDeclaring(declaringClass));
}

function ownMetrics({ facets }: Operation): MetricDefinition[] {
  const { timed, counted } = facets;
  return [
    ...(counted?.metric === undefined ? [] : [ownDefinition(counted.metric, 'counter')]),
    ...(timed?.metric === undefined ? [] : [ownDefinition(timed.metric, 'histogram')]),
  ];
}

function* problemsOfParts(parts: Parts, options: ResolvedOptions): Generator<Problem> {
  for (const name of partNames) {
    const { error } = parts[name];
    if (error !== undefined) yield problemOf(error);
  }
  const { backend, backendName } = parts.audit;
  const wantsMore = options.audit.delivery === 'durable' || options.audit.delivery === 'strict';
  if (
    backend.guarantees.volatile &&
    backendName !== 'none' &&
    (wantsMore || options.service.environment === 'production')
  ) {
    const message = `Audit events are kept in memory (${backendName}) and are gone with the process. Set audit.backend to "file".`;
    yield { code: 'TREFOIL_AUDIT_VOLATILE', where: 'audit.backend', message };
  }
}

/** Looked for anew each time: a second copy may be loaded late. */
function* problemsOfApi(startupProblems: readonly Problem[]): Generator<Problem> {
  if (startupProblems.some(({ code }) => code === 'TREFOIL_OTEL_API_DUPLICATED')) return;
  const duplicate = findDuplicateApi();
  if (duplicate !== undefined) yield problemOf(duplicate);
}

/** The same of trefoil itself. */
function* problemsOfCopies(): Generator<Problem> {
  const duplicate = findDuplicateCopies();
  if (duplicate !== undefined) yield problemOf(duplicate);
}

/** Once, and no fault: who has said nothing of spans may not want any. What else is off was switched off. */
function* problemOfTracing(operations: readonly Operation[], { tracing }: Parts): Generator<Problem> {
  const traced = operations.filter(({ facets }) => facets.traced !== undefined).length;
  if (traced === 0 || !tracing.isOff || tracing.error !== undefined) return;
  const message = `${traced === 1 ? 'One method asks' : `${traced} methods ask`} for a span, but tracing is off: nothing says where spans go. Set tracing.exporter; "none" leaves it off.`;
  yield { code: 'TREFOIL_BACKEND_MISSING', where: 'tracing.exporter', message, isOnPurpose: true };
}

function* problemsOf(operations: readonly Operation[], parts: Parts): Generator<Problem> {
  const declared = new Map<string, { readonly shape: string; readonly where: string }>();
  const shapeOf = ({ type, labelNames, buckets }: MetricDefinition): string =>
    `a ${type} with {${labelNames.join(', ')}}${buckets === undefined ? '' : ` and buckets [${buckets.join(', ')}]`}`;
  for (const metric of Object.values(standardMetrics)) {
    declared.set(metric.name, { shape: shapeOf(metric), where: 'the standard metrics' });
  }
  for (const operation of operations) {
    const where = operation.place;
    if (operation.foreignDecorator) {
      const message = `A foreign decorator stands between trefoil's on ${where}: the stack makes two Calls. Move it above or below all of them.`;
      yield { code: 'TREFOIL_FOREIGN_DECORATOR', where, message };
    }
    const delivery = deliveryAskedBy(operation);
    if (delivery !== undefined && !canDeliver(parts.audit.backend.guarantees, delivery)) {
      yield { ...problemOf(deliveryError(parts.audit.backend, delivery, where)), where };
    }
    for (const metric of ownMetrics(operation)) {
      const known = declared.get(metric.name);
      if (known === undefined) declared.set(metric.name, { shape: shapeOf(metric), where });
      else if (known.shape !== shapeOf(metric)) {
        const message = `${metric.name} is ${known.shape} at ${known.where}, but ${shapeOf(metric)} at ${where}. Rename one of the two.`;
        yield { code: 'TREFOIL_METRIC_CONFLICT', where, message };
      }
    }
  }
}
