import type { Operation } from '../call/operation';
import type { TimedOptions } from './decorator-options';
import { declareFacets } from './declare-facets';
import { decorateMethod } from './decorate-method';
import { givenOptions } from './given-options';
import { callFields, decoratorOptions, metricDeclaration, type ValidOptions } from './option-schemas';
import type { Exactly, MethodDecoratorFor } from './signature-check';

/**
 * Every call's duration goes into `store_operation_duration_seconds{store,operation}`, and with a `name` into a
 * histogram of your own as well. Stacks with the other decorators into one Call; works in both decorator dialects.
 *
 * @throws TrefoilError `TREFOIL_DECORATOR_TARGET`, `TREFOIL_DECORATOR_OPTIONS`, `TREFOIL_DECORATOR_CONFLICT` or
 * `TREFOIL_METRIC_INVALID`, when the class is defined
 *
 * @example
 * ```ts
 * import { Timed } from 'trefoil';
 *
 * class OrderStore {
 *   @Timed({ name: 'order_lookup_seconds', labels: { tier: { values: ['gold', 'silver'], select: (_id: string, tier: string) => tier } } })
 *   async get(id: string, tier: string): Promise<string> {
 *     return `${tier} order ${id}`;
 *   }
 * }
 * ```
 */
export function Timed<Options extends TimedOptions = Record<never, never>>(
  options?: Exactly<Options, TimedOptions>,
): MethodDecoratorFor<Options>;
export function Timed(...given: readonly unknown[]): MethodDecoratorFor<object> {
  const optionsAt = decoratorOptions('Timed', givenOptions('Timed', given));
  return (...args: readonly unknown[]) =>
    decorateMethod('Timed', args, (operation) => declareTimed('@Timed', operation, optionsAt(operation.place))) as void;
}

/** Declares that the calls of an operation are timed. */
export function declareTimed(source: string, operation: Operation, options: ValidOptions<'Timed'>): void {
  declareFacets(operation, {
    source,
    facets: {
      timed: {
        metric: metricDeclaration(source, operation, options),
        when: options.when,
      },
    },
    fields: callFields(options),
  });
}
