import type { Operation } from '../call/operation';
import type { CountedOptions } from './decorator-options';
import { declareFacets } from './declare-facets';
import { decorateMethod } from './decorate-method';
import { givenOptions } from './given-options';
import { inferEventType } from './infer-event-type';
import { callFields, decoratorOptions, metricDeclaration, type ValidOptions } from './option-schemas';
import type { Exactly, MethodDecoratorFor } from './signature-check';

/**
 * Every call counts in `store_operations_total{store,operation,status}`, failures also in `store_errors_total`, and
 * with a `name` in a counter of your own as well. A success of what opens the store (`open`, `connect`, `initialize`) and of
 * what closes it (`close`, `disconnect`, `dispose`) moves the gauge `store_connections_active`. Stacks with the other decorators into one Call; works in both
 * decorator dialects.
 *
 * @throws TrefoilError `TREFOIL_DECORATOR_TARGET`, `TREFOIL_DECORATOR_OPTIONS`, `TREFOIL_DECORATOR_CONFLICT` or
 * `TREFOIL_METRIC_INVALID`, when the class is defined
 *
 * @example
 * ```ts
 * import { Counted } from 'trefoil';
 *
 * class OrderStore {
 *   @Counted({ name: 'orders_by_region_total', labels: { region: (order: { region: string }) => order.region } })
 *   async create(order: { region: string }): Promise<void> {
 *     console.log('stored', order.region);
 *   }
 * }
 * ```
 */
export function Counted<Options extends CountedOptions = Record<never, never>>(
  options?: Exactly<Options, CountedOptions>,
): MethodDecoratorFor<Options>;
export function Counted(...given: readonly unknown[]): MethodDecoratorFor<object> {
  const optionsAt = decoratorOptions('Counted', givenOptions('Counted', given));
  return (...args: readonly unknown[]) =>
    decorateMethod('Counted', args, (operation) =>
      declareCounted('@Counted', operation, optionsAt(operation.place)),
    ) as void;
}

/** Declares that the calls of an operation are counted. */
export function declareCounted(source: string, operation: Operation, options: ValidOptions<'Counted'>): void {
  declareFacets(operation, {
    source,
    facets: {
      counted: {
        metric: metricDeclaration(source, operation, options),
        when: options.when,
        event: inferEventType(operation.key),
      },
    },
    fields: callFields(options),
  });
}
