import { SecretNames } from './secret-names';
import type { SecretRules } from './secret-patterns';
import { isSuspicious, maxTextLength } from './secret-text';
import { ValueCopier } from './value-copier';

/** Settings of a {@link DataRedactor}. */
export interface DataRedactorOptions {
  /** What a removed value is replaced by. Default `'[REDACTED]'`. */
  readonly replacement?: string;
  /** Names of fields to redact, beside the default ones; compared word by word, without case and separators. */
  readonly fieldsToRedact?: readonly string[];
}

/**
 * Copies values with their secrets removed, before any pillar sees them. The input is never changed, and a value that
 * cannot be read becomes `[UNSERIALIZABLE]`: it fails closed. A copy is limited in size: 10,000 values, 1,000 items of a
 * list, 16,384 characters of a text, 32 levels; what is left out is told in its place.
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
  readonly #rules: SecretRules;

  constructor(options: DataRedactorOptions = {}) {
    this.#rules = {
      names: new SecretNames(options.fieldsToRedact),
      replacement: options.replacement ?? '[REDACTED]',
    };
  }

  /** A redacted copy of any value: objects, arrays, Map, Set, Error, class instances, cycles. */
  redact(value: unknown): unknown {
    return new ValueCopier(this.#rules).copy(value);
  }

  /** The same as an object, to be spread: a copy that is none, such as that of a list, is its field `value`. */
  redactRecord(value: unknown): Record<string, unknown> {
    const copy = this.redact(value);
    if (copy === undefined || copy === null) return {};
    return typeof copy === 'object' && !Array.isArray(copy) ? (copy as Record<string, unknown>) : { value: copy };
  }

  /**
   * A text without its secrets: `name=value` in all its spellings, JSON, headers, tokens, private keys, credentials in
   * URLs. What is no text is redacted and written out.
   */
  redactText(text: string): string {
    if (typeof text !== 'string') return writtenOut(this.redact(text));
    if (text.length <= maxTextLength && !isSuspicious(text)) return text;
    return new ValueCopier(this.#rules).text(text);
  }

  /** Whether values under this name are removed. */
  isSecretName(name: string): boolean {
    return this.#rules.names.has(name);
  }
}

function writtenOut(copy: unknown): string {
  return typeof copy === 'object' && copy !== null ? JSON.stringify(copy) : String(copy);
}
