import { types } from 'node:util';

/** What a redacted copy of something that is no plain object is made from. */
export type CopySource =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'list'; readonly items: Iterable<unknown>; readonly size: number }
  | { readonly kind: 'map'; readonly map: ReadonlyMap<unknown, unknown> }
  | { readonly kind: 'entries'; readonly entries: Iterable<readonly [string, unknown]> }
  | { readonly kind: 'error'; readonly error: Error };

const objectTag = /^\[object (\w+)\]$/;
const entryLists = new Set(['Headers', 'URLSearchParams', 'FormData']);

/** What an object is, where it is more than its fields. Nothing is read that grows with its size. */
export function sourceOf(value: object): CopySource | undefined {
  if (value instanceof Date) {
    return text(Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString());
  }
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) {
    return text(`[Binary of ${value.byteLength} bytes]`);
  }
  if (value instanceof Error || types.isNativeError(value)) return { kind: 'error', error: value };
  if (value instanceof Map) return { kind: 'map', map: value };
  if (value instanceof Set) return { kind: 'list', items: value, size: value.size };
  if (value instanceof RegExp || value instanceof URL) return text(value.toString());
  if (types.isBoxedPrimitive(value)) return { kind: 'value', value: unboxed(value) };
  return sourceOfTagged(value);
}

const text = (given: string): CopySource => ({ kind: 'text', text: given });

/** Of the web's classes there are several of each name, in Node and in packages. */
function sourceOfTagged(value: object): CopySource | undefined {
  const [, tag = ''] = objectTag.exec(Object.prototype.toString.call(value)) ?? [];
  if (entryLists.has(tag) && 'entries' in value && typeof value.entries === 'function') {
    return { kind: 'entries', entries: (value.entries as () => Iterable<readonly [string, unknown]>)() };
  }
  if ((tag === 'Blob' || tag === 'File') && 'size' in value) return text(`[${tag} of ${String(value.size)} bytes]`);
  return undefined;
}

function unboxed(value: object): unknown {
  if (types.isStringObject(value)) return String.prototype.valueOf.call(value);
  if (types.isNumberObject(value)) return Number.prototype.valueOf.call(value);
  if (types.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value);
  if (types.isBigIntObject(value)) return BigInt.prototype.valueOf.call(value);
  return Symbol.prototype.valueOf.call(value);
}
