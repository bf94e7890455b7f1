import type { Operation } from '../call/operation';
import type { AuditedOptions } from './decorator-options';
import { declareFacets, eventTypeFor } from './declare-facets';
import { decorateMethod } from './decorate-method';
import { givenOptions } from './given-options';
import { callFields, decoratorOptions, type ValidOptions } from './option-schemas';
import type { Exactly, MethodDecoratorFor } from './signature-check';

/**
 * Every call of the method becomes an audit event. Stacks with the other decorators into one Call; works in both
 * decorator dialects. The event type is inferred from the method's name where `event` is not given.
 *
 * @throws TrefoilError `TREFOIL_EVENT_TYPE_REQUIRED`, `TREFOIL_DECORATOR_TARGET`, `TREFOIL_DECORATOR_OPTIONS` or
 * `TREFOIL_DECORATOR_CONFLICT`, when the class is defined
 *
 * @example
 * ```ts
 * import { Audited, AuditEventType } from 'trefoil';
 *
 * class OrderStore {
 *   @Audited({ event: AuditEventType.READ, item: (id: string) => id })
 *   async get(id: string): Promise<string> {
 *     return `order ${id}`;
 *   }
 * }
 * ```
 */
export function Audited<Options extends AuditedOptions = Record<never, never>>(
  options?: Exactly<Options, AuditedOptions>,
): MethodDecoratorFor<Options>;
export function Audited(...given: readonly unknown[]): MethodDecoratorFor<object> {
  const optionsAt = decoratorOptions('Audited', givenOptions('Audited', given));
  return (...args: readonly unknown[]) =>
    decorateMethod('Audited', args, (operation) =>
      declareAudited('@Audited', operation, optionsAt(operation.place)),
    ) as void;
}

/** Declares that the calls of an operation are audited. */
export function declareAudited(source: string, operation: Operation, options: ValidOptions<'Audited'>): void {
  const { metadata, changes, delivery, onFailure, execution, when } = options;
  const event = eventTypeFor(source, operation, options.event);
  declareFacets(operation, {
    source,
    facets: { audited: { event, metadata, changes, delivery, onFailure, execution, when } },
    fields: callFields(options),
  });
}
