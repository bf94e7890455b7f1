import { catalogClass, operationOf, type LeftOutMethod } from '../call/operation-catalog';
import { classNameOf } from '../call/class-name';
import { TrefoilError } from '../errors';
import { classesBehind } from './class-target';
import { decorateForClass, isDecorated, type Declare, type DeclaringClass } from './decorate-method';
import { inferEventType } from './infer-event-type';
import { isUnobserved } from './unobserved';

/** Options that say something of one method. */
const methodOptions = ['event', 'callback'] as const;

/** Applies a class-wide `@Observed`: to each method that it covers, on the prototype of the class that it stands on. */
export function observeClass(
  owner: DeclaringClass,
  options: { readonly [Name in (typeof methodOptions)[number]]?: unknown },
  declare: Declare,
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
  let hasDecorated = false;
  for (const { key, descriptor, prototype } of methodsBehind(owner)) {
    const method = descriptor.value as object;
    if (operationOf(method) !== undefined || isDecorated(prototype, key)) {
      hasDecorated = true;
      continue;
    }
    const reason = reasonToLeaveOut(owner, key, descriptor);
    if (reason !== undefined) leftOut.push({ method: String(key), reason });
    else {
      decorateForClass(owner, key, descriptor, declare);
      hasDecorated = true;
    }
  }
  catalogClass(owner, { leftOut, isEmpty: !hasDecorated && leftOut.length === 0 });
}

interface MethodOfClass {
  readonly key: string | symbol;
  readonly descriptor: PropertyDescriptor;
  readonly prototype: object;
}

/** The class's own methods and those of the classes behind it, each once. */
function* methodsBehind(owner: DeclaringClass): Generator<MethodOfClass> {
  const seen = new Set<string | symbol>(['constructor']);
  for (const { prototype } of classesBehind(owner)) {
    for (const key of Reflect.ownKeys(prototype)) {
      const descriptor = Object.getOwnPropertyDescriptor(prototype, key);
      if (seen.has(key) || descriptor === undefined) continue;
      seen.add(key);
      if (typeof descriptor.value === 'function') yield { key, descriptor, prototype };
    }
  }
}

function reasonToLeaveOut(
  { prototype }: DeclaringClass,
  key: string | symbol,
  { value }: PropertyDescriptor,
): string | undefined {
  if (isUnobserved(value as object)) return '@Unobserved()';
  if (inferEventType(key) === undefined) return 'its name stands for no event type';
  const own = Object.getOwnPropertyDescriptor(prototype, key);
  const canBePut = own === undefined ? Object.isExtensible(prototype) : own.configurable === true;
  return canBePut ? undefined : 'it cannot be redefined: another decorator has frozen it';
}
