import { SpanKind } from '@opentelemetry/api';
import type { Operation, TracedFacet } from '../call/operation';
import type { TracedOptions } from './decorator-options';
import { declareFacets } from './declare-facets';
import { decorateMethod } from './decorate-method';
import { givenOptions } from './given-options';
import { callFields, decoratorOptions, type ValidOptions } from './option-schemas';
import type { Exactly, MethodDecoratorFor } from './signature-check';

/**
 * Every call of the method becomes a span, active while the body runs. Stacks with the other decorators into one Call;
 * works in both decorator dialects.
 *
 * @throws TrefoilError `TREFOIL_DECORATOR_TARGET`, `TREFOIL_DECORATOR_OPTIONS` or `TREFOIL_DECORATOR_CONFLICT`, when
 * the class is defined
 *
 * @example
 * ```ts
 * import { SpanKind, Traced } from 'trefoil';
 *
 * class OrderStore {
 *   @Traced({ kind: SpanKind.CLIENT, attributes: (id: string) => ({ 'order.id': id }) })
 *   async get(id: string): Promise<string> {
 *     return `order ${id}`;
 *   }
 * }
 * ```
 */
export function Traced<Options extends TracedOptions = Record<never, never>>(
  options?: Exactly<Options, TracedOptions>,
): MethodDecoratorFor<Options>;
export function Traced(...given: readonly unknown[]): MethodDecoratorFor<object> {
  const optionsAt = decoratorOptions('Traced', givenOptions('Traced', given));
  return (...args: readonly unknown[]) =>
    decorateMethod('Traced', args, (operation) =>
      declareTraced('@Traced', operation, optionsAt(operation.place)),
    ) as void;
}

/** Declares that the calls of an operation are traced. */
export function declareTraced(source: string, operation: Operation, options: ValidOptions<'Traced'>): void {
  const traced: TracedFacet = { kind: options.kind ?? SpanKind.INTERNAL, spanName: options.name, when: options.when };
  declareFacets(operation, { source, facets: { traced }, fields: callFields(options) });
}
