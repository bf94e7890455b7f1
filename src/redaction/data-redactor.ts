import * as v from 'valibot';
import { objectWith, text } from '../option-values';
import { checkOptions } from '../validate-options';
import { compareSides, type Sides } from './compare-sides';
import { SecretNames } from './secret-names';
import type { SecretRules } from './secret-rules';
import { maxTextLength } from './secret-text';
import { isSuspicious } from './text/suspicion';
import { TextPatterns } from './text-patterns';
import { ValueCopier } from './value-copier';

/** Settings of a {@link DataRedactor}. */
export interface DataRedactorOptions {
  /** What a removed value is replaced by. Default `'[REDACTED]'`. */
  readonly replacement?: string;
  /** Names of fields to redact, beside the default ones; compared word by word, without case and separators. */
  readonly fieldsToRedact?: readonly string[];
  /**
   * What is removed from any text, wherever it stands: regular expressions, as texts or with the flags `i`, `m` and `s`.
   * They run in linear time on any text, and so have neither lookarounds nor back-references; `\s` and `\w` are ASCII.
   */
  readonly patterns?: readonly (string | RegExp)[];
}

/** What the settings have to be, for the redactor and for the runtime's section `redaction`. */
export const redactionSchema = v.strictObject({
  replacement: v.optional(v.string()),
  fieldsToRedact: v.optional(v.array(text)),
  patterns: v.optional(v.array(v.union([text, v.instance(RegExp)]))),
});

/** What something was and what it is; either may be unknown. */
export interface ChangesToRedact extends Sides {
  /** Whether to keep only the fields that differ. Default: `false`. */
  readonly diff?: boolean | undefined;
}

/** What can make a copy of itself without secrets: an `AuditEvent`. */
export interface Redactable<Copy> {
  redactedBy(redactor: DataRedactor): Copy;
}

/**
 * Copies values with their secrets removed, before any pillar sees them. The input is never changed, and a value that
 * cannot be read becomes `[UNSERIALIZABLE]`: it fails closed. A copy is limited in size: 10,000 values, 1,000 items of a
 * list, 16,384 characters of a text, 32 levels; what is left out is told in its place.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`, also for a pattern that cannot run in linear time
 *
 * @example
 * ```ts
 * import { DataRedactor } from 'trefoil';
 *
 * const redactor = new DataRedactor({ fieldsToRedact: ['email'], patterns: [/\b\d{3}-\d{2}-\d{4}\b/] });
 * redactor.redact({ id: 7, email: 'a@b.example', api_key: 'k', note: 'ssn 123-45-6789' });
 * // { id: 7, email: '[REDACTED]', api_key: '[REDACTED]', note: 'ssn [REDACTED]' }
 * ```
 */
export class DataRedactor {
  readonly #rules: SecretRules;

  constructor(options: DataRedactorOptions = {}) {
    const {
      replacement = '[REDACTED]',
      fieldsToRedact,
      patterns = [],
    } = checkOptions(redactionSchema, options, 'DataRedactor');
    this.#rules = {
      names: new SecretNames(fieldsToRedact),
      replacement,
      patterns: patterns.length === 0 ? undefined : new TextPatterns(patterns),
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
   * A copy of one side of a change, whose secrets wait to be compared with those of the other side.
   *
   * @internal
   */
  copySide(value: unknown): unknown {
    // What a subclass hides beyond that is hidden all the same.
    return this.redact === DataRedactor.prototype.redact
      ? new ValueCopier(this.#rules, true).copy(value)
      : this.redact(value);
  }

  /**
   * Two sides of a change as they are recorded.
   *
   * @internal
   */
  compareSides(sides: Sides, onlyDifferences: boolean): Sides {
    return compareSides(sides, this.#rules.replacement, onlyDifferences);
  }

  /**
   * A redacted copy of what something was and what it is: a secret becomes `[REDACTED, changed]` or
   * `[REDACTED, unchanged]` where both sides are known. With `diff`, only the fields that differ are kept; a list that
   * differs is kept whole.
   *
   * @example
   * ```ts
   * import { DataRedactor } from 'trefoil';
   *
   * const account = { id: 7, password: 'old', pin: 1234 };
   * new DataRedactor().redactChanges({ before: account, after: { ...account, password: 'new' }, diff: true });
   * // { before: { password: '[REDACTED, changed]' }, after: { password: '[REDACTED, changed]' } }
   * ```
   */
  redactChanges({ before, after, diff = false }: ChangesToRedact): Sides {
    const sides: { before?: unknown; after?: unknown } = {};
    if (before !== undefined) sides.before = this.copySide(before);
    if (after !== undefined) sides.after = this.copySide(after);
    return this.compareSides(sides, diff);
  }

  /**
   * A text without its secrets: `name=value` in all its spellings, JSON, headers, tokens, private keys, credentials in
   * URLs. What is no text is redacted and written out.
   */
  redactText(text: string): string {
    if (typeof text !== 'string') return writtenOut(this.redact(text));
    if (text.length <= maxTextLength && this.#rules.patterns === undefined && !isSuspicious(text)) return text;
    return new ValueCopier(this.#rules).text(text);
  }

  /** A copy of an audit event without the secrets of its metadata, attributes, changes and message; its ids stay. */
  redactEvent<Copy>(event: Redactable<Copy>): Copy {
    return event.redactedBy(this);
  }

  /** Whether values under this name are removed. */
  isSecretName(name: string): boolean {
    return this.#rules.names.has(name);
  }
}

/** A redactor among options. */
export const redactor = objectWith<DataRedactor>(['redact', 'redactRecord', 'redactText', 'redactEvent'], 'a redactor');

function writtenOut(copy: unknown): string {
  return typeof copy === 'object' && copy !== null ? JSON.stringify(copy) : String(copy);
}
