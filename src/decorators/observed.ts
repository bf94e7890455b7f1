import { SpanKind } from '@opentelemetry/api';
import { catalogLeftOut, operationOf, type LeftOutMethod } from '../call/operation-catalog';
import type { Operation } from '../call/operation';
import { classNameOf } from '../call/store-identity';
import { TrefoilError } from '../errors';
import type { ObservedOptions } from './decorator-options';
import { declareFacets, eventTypeFor } from './declare-facets';
import {
  decorateMethod,
  decorateOwnMethod,
  isDecorated,
  isStandardContext,
  type DeclaringClass,
} from './decorate-method';
import { inferEventType } from './infer-event-type';
import { callFields, decoratorOptions } from './option-schemas';
import type { ClassDecoratorFor, Exactly, MethodDecoratorFor } from './signature-check';
import { isUnobserved } from './unobserved';

/**
 * All four decorators in one: every call is audited, traced, timed and counted. A single decorator in the same stack
 * replaces its part. On a class it covers the class's own instance methods whose event type can be inferred from their
 * name (TypeScript's `private` ones too: they exist at run time); `describe()` lists the rest, a method's own
 * decorators override it, and `@Unobserved()` leaves one out.
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
): ClassDecoratorFor & MethodDecoratorFor<Options> {
  const optionsAt = decoratorOptions('Observed', options);
  const declare = (operation: Operation): void => {
    const valid = optionsAt(operation.place);
    const { metadata, changes, delivery, onFailure, execution, when } = valid;
    // Where @Audited stands in the stack too, the event is its own business.
    const event = operation.facets.audited?.event ?? eventTypeFor('Observed', operation, valid.event);
    declareFacets(operation, {
      decorator: 'Observed',
      facets: {
        audited: { event, metadata, changes, delivery, onFailure, execution, when },
        traced: { kind: valid.kind ?? SpanKind.INTERNAL, when },
        timed: { when },
        counted: { when },
      },
      fields: callFields(valid),
    });
  };
  return (...args: readonly unknown[]) => {
    const [target, second] = args;
    const onClass = isStandardContext(second)
      ? second.kind === 'class'
      : typeof target === 'function' && args.length === 1;
    if (!onClass) return decorateMethod('Observed', args, declare) as void;
    const owner = target as DeclaringClass;
    observeClass(owner, optionsAt(classNameOf(owner)), declare);
  };
}

/** Options that say something of one method. */
const methodOptions = ['event', 'callback'] as const;

function observeClass(
  owner: DeclaringClass,
  options: { readonly [Name in (typeof methodOptions)[number]]?: unknown },
  declare: (operation: Operation) => void,
): void {
  const misplaced = methodOptions.find((name) => options[name] !== undefined);
  if (misplaced !== undefined) {
    throw new TrefoilError('TREFOIL_DECORATOR_OPTIONS', {
      attempted: 'Reading the options of @Observed',
      where: `${classNameOf(owner)} ${misplaced}`,
      expected: `no ${misplaced} on a class, whose methods do different things`,
      given: misplaced,
      todo: `Give the ${misplaced} on the method.`,
    });
  }
  const leftOut: LeftOutMethod[] = [];
  for (const key of Reflect.ownKeys(owner.prototype)) {
    const descriptor = Object.getOwnPropertyDescriptor(owner.prototype, key);
    const value: unknown = descriptor?.value;
    if (key === 'constructor' || typeof value !== 'function' || operationOf(value) !== undefined) continue;
    if (isDecorated(owner.prototype, key)) continue;
    if (isUnobserved(value)) leftOut.push({ method: String(key), reason: '@Unobserved()' });
    else if (inferEventType(key) === undefined) {
      leftOut.push({ method: String(key), reason: 'its name stands for no event type' });
    } else if (descriptor?.configurable !== true) {
      leftOut.push({ method: String(key), reason: 'it cannot be redefined: another decorator has frozen it' });
    } else decorateOwnMethod(owner, key, declare);
  }
  catalogLeftOut(owner, leftOut);
}
