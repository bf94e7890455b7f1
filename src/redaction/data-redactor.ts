import { defaultSecretNames, normalizeName } from './secret-names';

/** Settings of a {@link DataRedactor}. */
export interface DataRedactorOptions {
  /** What a removed value is replaced by. Default `'[REDACTED]'`. */
  readonly replacement?: string;
  /** Names of fields to redact, beside the default ones; compared without case and separators. */
  readonly fieldsToRedact?: readonly string[];
}

const unserializable = '[UNSERIALIZABLE]';
const maxDepth = 32;

/**
 * Copies values with their secrets removed, before any pillar sees them. The input is never changed, and a value that
 * cannot be read becomes `[UNSERIALIZABLE]`: it fails closed.
 *
 * @example
 * ```ts
 * import { DataRedactor } from 'trefoil';
 *
 * const redactor = new DataRedactor({ fieldsToRedact: ['email'] });
 * redactor.redact({ id: 7, email: 'a@b.example', api_key: 'k' });
 * // { id: 7, email: '[REDACTED]', api_key: '[REDACTED]' }
 * ```
 */
export class DataRedactor {
  readonly #replacement: string;
  readonly #names: ReadonlySet<string>;
  readonly #secretInText: RegExp;
  /** Verdicts by raw name; names come from code, so they are few, and the map is emptied when they are not. */
  readonly #verdicts = new Map<string, boolean>();

  constructor(options: DataRedactorOptions = {}) {
    this.#replacement = options.replacement ?? '[REDACTED]';
    this.#names = new Set([...defaultSecretNames, ...(options.fieldsToRedact ?? []).map(normalizeName)]);
    this.#secretInText = secretInText(this.#names);
  }

  /** A redacted copy of any value: objects, arrays, Map, Set, Error, class instances, cycles. */
  redact(value: unknown): unknown {
    return this.#copy(value, new Set(), 0);
  }

  /** A text with `name=value`, `"name":"value"` and `Bearer …` secrets removed; used for error messages. */
  redactText(text: string): string {
    return text.replace(this.#secretInText, (_match, lead: string) => `${lead}${this.#replacement}`);
  }

  /** Whether values under this name are removed. */
  isSecretName(name: string): boolean {
    const known = this.#verdicts.get(name);
    if (known !== undefined) return known;
    const normalized = normalizeName(name);
    let verdict = false;
    for (const secret of this.#names) {
      if (normalized === secret || normalized.endsWith(secret)) verdict = true;
    }
    if (this.#verdicts.size >= 10_000) this.#verdicts.clear();
    this.#verdicts.set(name, verdict);
    return verdict;
  }

  #copy(value: unknown, above: Set<object>, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        return this.redactText(value);
      case 'bigint':
      case 'symbol':
        return this.redactText(String(value));
      case 'function':
        return `[Function ${value.name}]`;
      case 'object':
        break;
      default:
        return value;
    }
    if (value === null) return null;
    if (above.has(value)) return '[Circular]';
    if (depth >= maxDepth) return '[Too deep]';
    above.add(value);
    try {
      return this.#copyObject(value, above, depth + 1);
    } catch {
      return unserializable;
    } finally {
      above.delete(value);
    }
  }

  #copyObject(value: object, above: Set<object>, depth: number): unknown {
    if (Array.isArray(value)) return value.map((item: unknown) => this.#copy(item, above, depth));
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[Binary of ${value.byteLength} bytes]`;
    if (value instanceof Error) return this.#copyError(value, above, depth);
    if (value instanceof Map) {
      const entries: [string, unknown][] = [];
      for (const [key, item] of value as Map<unknown, unknown>) {
        entries.push([typeof key === 'string' ? key : String(this.#copy(key, above, depth)), item]);
      }
      return this.#copyEntries(entries, above, depth);
    }
    if (value instanceof Set) return Array.from(value as Set<unknown>, (item) => this.#copy(item, above, depth));
    if (value instanceof RegExp || value instanceof URL) return this.redactText(value.toString());
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      return this.#copy((value.toJSON as () => unknown)(), above, depth);
    }
    return this.#copyEntries(ownEntries(value), above, depth);
  }

  #copyError(error: Error, above: Set<object>, depth: number): unknown {
    return {
      name: error.name,
      message: this.redactText(error.message),
      ...(error.cause === undefined ? {} : { cause: this.#copy(error.cause, above, depth) }),
      ...this.#copyEntries(ownEntries(error), above, depth),
    };
  }

  #copyEntries(entries: Iterable<[string, unknown]>, above: Set<object>, depth: number): Record<string, unknown> {
    const copied: Record<string, unknown> = {};
    for (const [key, item] of entries) {
      // A plain assignment of __proto__ would set the prototype of the copy instead of a field.
      Object.defineProperty(copied, this.redactText(key), {
        value: this.isSecretName(key) ? this.#replacement : this.#copy(item, above, depth),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return copied;
  }
}

function ownEntries(value: object): [string, unknown][] {
  return Object.keys(value).map((key) => {
    try {
      return [key, (value as Record<string, unknown>)[key]];
    } catch {
      return [key, unserializable];
    }
  });
}

/**
 * One pass, no nested quantifiers: `lead` is kept and the value behind it removed. Separators between the letters of a
 * name are allowed, as in `api_key`.
 */
function secretInText(names: ReadonlySet<string>): RegExp {
  const alternatives = [...names]
    .filter((name) => /^[a-z0-9]+$/.test(name))
    .sort((a, b) => b.length - a.length)
    .map((name) => [...name].join('[_-]?'));
  const value = `(?:(?:bearer|basic)[ ]+)?(?:"[^"]*"|'[^']*'|[^\\s,;&"'})\\]]+)`;
  return new RegExp(`((?:${alternatives.join('|')})["']?[ ]?[=:][ ]?|\\b(?:bearer)[ ]+)${value}`, 'gi');
}
