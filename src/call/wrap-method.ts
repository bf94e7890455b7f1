import { callMethod } from './call-method';
import { runsBare } from './instrumentation-source';
import { invoke, type CallSite } from './invoke';
import { invokeByKind } from './invoke-by-kind';
import type { AnyFunction, Operation } from './operation';

/**
 * The function that stands in for a method: a method itself (no `prototype`, not constructible), with the same `name`
 * and `length`, and its own reflect-metadata where there is any.
 */
export function wrapMethod(operation: Operation): AnyFunction {
  const site: CallSite = { operation, isPlain: false, instrumentation: undefined, key: undefined, plan: undefined };
  const { method } = operation;
  const { method: wrapper } = {
    // `arguments` that are only passed on are never made; of rest parameters there is always an array (bench: off).
    /* eslint-disable prefer-rest-params */
    method(this: unknown): unknown {
      if (runsBare(this)) return callMethod(method, this, arguments);
      return site.isPlain ? invoke(site, this, listOf(arguments)) : invokeByKind(site, this, listOf(arguments));
      /* eslint-enable prefer-rest-params */
    },
  } satisfies Record<string, AnyFunction> as Record<'method', AnyFunction>;
  copyOwnProperties(operation.method, wrapper);
  copyMetadata(operation.method, wrapper);
  return wrapper;
}

/** Spreading `arguments` would take ten times as long. */
function listOf(args: ArrayLike<unknown>): unknown[] {
  const list = new Array<unknown>(args.length);
  for (let index = 0; index < args.length; index += 1) list[index] = args[index];
  return list;
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
