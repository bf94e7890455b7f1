import { types } from 'node:util';
import { functionText } from './function-text';
import type { SecretRules } from './secret-patterns';
import { entryOfNamed, namesSecret, readField, unserializable, valueOfNamed } from './secret-siblings';
import { isSuspicious, keptPart, maxTextLength, redactSecrets } from './secret-text';

const truncated = '[Truncated]';
const maxDepth = 32;
const maxItems = 1_000;
const maxNodes = 10_000;
const maxCharacters = 1_048_576;

/** Makes one redacted copy, of limited size: what is reached twice counts twice, as it is written twice. */
export class ValueCopier {
  readonly #rules: SecretRules;
  /** What the copy is inside of. */
  readonly #above: object[] = [];
  #nodes = maxNodes;
  #characters = maxCharacters;

  constructor(rules: SecretRules) {
    this.#rules = rules;
  }

  copy(value: unknown): unknown {
    if (this.#nodes <= 0) return truncated;
    this.#nodes -= 1;
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'bigint':
      case 'symbol':
        return this.text(String(value));
      case 'function':
        return this.text(functionText(value));
      case 'object':
        return value === null ? null : this.#copyGuarded(value);
      default:
        return value;
    }
  }

  text(text: string): string {
    const kept = keptPart(text, this.#rules.patterns !== undefined);
    this.#characters -= kept.length;
    if (this.#characters < 0) return truncated;
    const clean = this.#clean(kept);
    if (kept.length === text.length) return clean;
    return `${clean.slice(0, maxTextLength)}… [Truncated ${text.length - kept.length} characters]`;
  }

  /** Of JSON, each text in it has been cleaned by itself. */
  #clean(text: string): string {
    const { patterns, replacement } = this.#rules;
    if (patterns === undefined && !isSuspicious(text)) return text;
    const json = this.#json(text);
    if (json !== undefined) return json;
    const clean = redactSecrets(text, this.#rules);
    return patterns === undefined ? clean : patterns.redact(clean, replacement);
  }

  #copyGuarded(value: object): unknown {
    if (this.#above.includes(value)) return '[Circular]';
    if (this.#above.length >= maxDepth) return '[Too deep]';
    this.#above.push(value);
    try {
      return this.#copyObject(value);
    } catch {
      return unserializable;
    } finally {
      this.#above.pop();
    }
  }

  #copyObject(value: object): unknown {
    if (Array.isArray(value)) return this.#copyArray(value);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[Binary of ${value.byteLength} bytes]`;
    if (value instanceof Error || types.isNativeError(value)) return this.#copyError(value);
    if (value instanceof Map) return this.#copyMap(value);
    if (value instanceof Set) return this.#copySet(value);
    if (value instanceof RegExp || value instanceof URL) return this.text(value.toString());
    if (types.isStringObject(value)) return this.text(String.prototype.valueOf.call(value));
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      return this.copy((value.toJSON as () => unknown)());
    }
    return this.#copyFields(value, {});
  }

  #copyArray(array: readonly unknown[]): unknown[] {
    const copied: unknown[] = [];
    const count = Math.min(array.length, maxItems);
    while (copied.length < count && this.#nodes > 0) {
      const index = copied.length;
      copied.push(namesSecret(array, index, this.#rules.names) ? this.#rules.replacement : this.copy(array[index]));
    }
    if (copied.length < array.length) copied.push(`[Truncated ${array.length - copied.length} items]`);
    return copied;
  }

  #copySet(set: ReadonlySet<unknown>): unknown[] {
    const copied: unknown[] = [];
    for (const item of set) {
      if (copied.length >= maxItems || this.#nodes <= 0) break;
      copied.push(this.copy(item));
    }
    if (copied.length < set.size) copied.push(`[Truncated ${set.size - copied.length} items]`);
    return copied;
  }

  #copyMap(map: ReadonlyMap<unknown, unknown>): Record<string, unknown> {
    const copied: Record<string, unknown> = {};
    const named = entryOfNamed(map, this.#rules.names);
    let count = 0;
    for (const [key, item] of map) {
      if (count >= maxItems || this.#nodes <= 0) break;
      const value = named !== undefined && key === named ? this.#rules.replacement : item;
      this.#set(copied, typeof key === 'string' ? key : String(this.copy(key)), value);
      count += 1;
    }
    if (count < map.size) copied['…'] = `[Truncated ${map.size - count} items]`;
    return copied;
  }

  #copyError(error: Error): Record<string, unknown> {
    const copied: Record<string, unknown> = { name: this.copy(error.name), message: this.copy(error.message) };
    if (error.cause !== undefined) copied['cause'] = this.copy(error.cause);
    return this.#copyFields(error, copied);
  }

  #copyFields(value: object, copied: Record<string, unknown>): Record<string, unknown> {
    const keys = Object.keys(value);
    const named = valueOfNamed(value, keys, this.#rules.names);
    for (const [index, key] of keys.entries()) {
      if (this.#nodes <= 0) {
        copied['…'] = `[Truncated ${keys.length - index} fields]`;
        break;
      }
      this.#set(copied, key, key === named ? this.#rules.replacement : readField(value, key));
    }
    return copied;
  }

  #set(copied: Record<string, unknown>, key: string, item: unknown): void {
    const value = this.#rules.names.has(key) ? this.#rules.replacement : this.copy(item);
    const name = this.text(key);
    // A plain assignment of __proto__ would set the prototype of the copy instead of a field.
    if (name !== '__proto__') copied[name] = value;
    else Object.defineProperty(copied, name, { value, enumerable: true, configurable: true, writable: true });
  }

  /** A text that is JSON as a whole is redacted as what it stands for. */
  #json(text: string): string | undefined {
    if (!/^\s*[[{]/.test(text)) return undefined;
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      return undefined;
    }
    const clean = JSON.stringify(this.copy(parsed));
    // Parsing forgets all but the last of fields with the same name, so it cannot tell that a text has no secrets.
    return clean === JSON.stringify(parsed) ? undefined : clean;
  }
}
