import { standInFor } from './call-method';
import { invoke, type CallSite } from './invoke';
import { invokeByKind } from './invoke-by-kind';
import type { AnyFunction, Operation } from './operation';

/**
 * The function that stands in for a method: a method itself (no `prototype`, not constructible), with the same `name`
 * and `length`, and its own reflect-metadata where there is any.
 */
export function wrapMethod(operation: Operation): AnyFunction {
  const site: CallSite = { operation, isPlain: false, instrumentation: undefined, key: undefined, plan: undefined };
  const wrapper = standInFor(operation.method, (self, args) =>
    site.isPlain ? invoke(site, self, args) : invokeByKind(site, self, args),
  );
  copyOwnProperties(operation.method, wrapper);
  copyMetadata(operation.method, wrapper);
  return wrapper;
}

/** `name`, `length` and whatever else the method carries, with the same flags. */
function copyOwnProperties(from: object, to: object): void {
  for (const key of Reflect.ownKeys(from)) {
    const descriptor = Object.getOwnPropertyDescriptor(from, key);
    if (descriptor !== undefined && key !== 'prototype') Reflect.defineProperty(to, key, descriptor);
  }
}

/** Present where reflect-metadata is loaded; foreign decorators keep their own entries on the function itself. */
interface MetadataReflection {
  getOwnMetadataKeys?(target: object): unknown[];
  getOwnMetadata?(key: unknown, target: object): unknown;
  defineMetadata?(key: unknown, value: unknown, target: object): void;
}

function copyMetadata(from: object, to: object): void {
  const reflection = Reflect as MetadataReflection;
  for (const key of reflection.getOwnMetadataKeys?.(from) ?? []) {
    reflection.defineMetadata?.(key, reflection.getOwnMetadata?.(key, from), to);
  }
}
