import { classNameOf } from '../call/class-name';
import { SpanKind } from '@opentelemetry/api';
import type { Facets, Operation } from '../call/operation';
import { isOnClass } from './class-target';
import type { ObservedOptions } from './decorator-options';
import { declareFacets, eventTypeFor } from './declare-facets';
import { decorateMethod, type DeclaringClass } from './decorate-method';
import { givenOptions } from './given-options';
import { observeClass } from './observe-class';
import { callFields, decoratorOptions, type ValidOptions } from './option-schemas';
import type { ClassDecoratorFor, Exactly, MethodDecoratorFor } from './signature-check';

/**
 * All four decorators in one: every call is audited, traced, timed and counted. A single decorator in the same stack
 * replaces its part. On a class it covers the class's own instance methods whose event type can be inferred from their
 * name (TypeScript's `private` ones too: they exist at run time); `describe()` lists the rest, a method's own
 * decorators override it, and `@Unobserved()` leaves one out. Of a class that declares no method, such as the subclass
 * that another decorator has put in its place, it covers those of the nearest class above that does.
 *
 * @throws TrefoilError `TREFOIL_EVENT_TYPE_REQUIRED`, `TREFOIL_DECORATOR_TARGET`, `TREFOIL_DECORATOR_OPTIONS` or
 * `TREFOIL_DECORATOR_CONFLICT`, when the class is defined
 *
 * @example
 * ```ts
 * import { Observed, Store } from 'trefoil';
 *
 * @Store({ type: 'postgres' })
 * class OrderStore {
 *   @Observed({ event: 'read', item: (id: string) => id })
 *   async get(id: string): Promise<string> {
 *     return `order ${id}`;
 *   }
 * }
 * ```
 */
export function Observed<Options extends ObservedOptions = Record<never, never>>(
  options?: Exactly<Options, ObservedOptions>,
): ClassDecoratorFor & MethodDecoratorFor<Options>;
export function Observed(...given: readonly unknown[]): ClassDecoratorFor & MethodDecoratorFor<object> {
  const optionsAt = decoratorOptions('Observed', givenOptions('Observed', given));
  const declare = (operation: Operation): void => declareObserved('@Observed', operation, optionsAt(operation.place));
  return (...args: readonly unknown[]) => {
    if (!isOnClass(args)) return decorateMethod('Observed', args, declare) as void;
    const owner = args[0] as DeclaringClass;
    observeClass(owner, optionsAt(classNameOf(owner)), declare);
  };
}

/** Declares that the calls of an operation are recorded in all pillars but those that have been declared before, or are off. */
export function declareObserved(
  source: string,
  operation: Operation,
  options: ValidOptions<'Observed'>,
  off: ReadonlySet<string> = new Set(),
): void {
  const { metadata, changes, delivery, onFailure, execution, when, kind = SpanKind.INTERNAL } = options;
  const all: Facets = { traced: { kind, when }, timed: { when }, counted: { when } };
  if (!off.has('audited')) {
    // Where @Audited stands in the stack too, the event is its own business.
    const event = operation.facets.audited?.event ?? eventTypeFor(source, operation, options.event);
    all.audited = { event, metadata, changes, delivery, onFailure, execution, when };
  }
  const facets: Facets = Object.fromEntries(Object.entries(all).filter(([name]) => !off.has(name)));
  declareFacets(operation, { source, areDefaults: true, facets, fields: callFields(options) });
}
