import { isMark, withoutMarks } from './compare-sides';
import { CopyBudget } from './copy-budget';
import { sourceOf, type CopySource } from './copied-kinds';
import { functionText } from './function-text';
import { isKeptUnder } from './harmless-values';
import { NameTrait } from './secret-names';
import type { SecretRules } from './secret-rules';
import { readField, traitsFromItemBefore, traitsFromName, unserializable } from './secret-siblings';
import { keptPart, maxTextLength, redactSecrets, searchCost } from './secret-text';
import { isCardNumber } from './text/card-numbers';
import { isSuspicious } from './text/suspicion';
import { Withheld } from './withheld';

const truncated = '[Truncated]';
const maxDepth = 32;
const maxItems = 1_000;
const searchUnits = 5;
const patternUnits = 16;
const failedParseUnits = 1_000;
const jsonLike = /^\s*(?:\{\s*["}][^]*\}|\[\s*["{[\dtfn\]-][^]*\])\s*$/;

/** Makes one redacted copy, of limited size and cost: what is reached twice counts twice, as it is written twice. */
export class ValueCopier {
  readonly #rules: SecretRules;
  readonly #withholds: boolean;
  readonly #budget = new CopyBudget();
  /** What the copy is inside of. */
  readonly #above: object[] = [];

  /** @param withholds whether secrets become {@link Withheld}, to be compared with those of another copy */
  constructor(rules: SecretRules, withholds = false) {
    this.#rules = rules;
    this.#withholds = withholds;
  }

  copy(value: unknown): unknown {
    if (!this.#budget.takeValue()) return truncated;
    switch (typeof value) {
      case 'string':
        return this.#withholds ? this.#textOrWithheld(value) : this.text(value);
      case 'number':
        return this.#copyNumber(value);
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
    const { patterns } = this.#rules;
    const kept = keptPart(text, patterns !== undefined);
    if (!this.#budget.take(kept.length)) return truncated;
    if (patterns === undefined && !isSuspicious(kept)) return cutNote(kept, text.length - kept.length);
    const units = patterns === undefined ? searchUnits : searchUnits + patternUnits;
    if (!this.#budget.take(searchCost(kept) * units)) return truncated;
    return cutNote(this.#clean(kept), text.length - kept.length);
  }

  /** Of JSON, each text in it has been cleaned by itself. */
  #clean(text: string): string {
    const { patterns, replacement } = this.#rules;
    const json = this.#json(text);
    if (json !== undefined) return json;
    const clean = redactSecrets(text, this.#rules);
    return patterns === undefined ? clean : patterns.redact(clean, replacement);
  }

  /** JSON has no words for some numbers, and would write nothing. */
  #copyNumber(value: number): unknown {
    if (!Number.isFinite(value)) return String(value);
    return value >= 1e12 && Number.isSafeInteger(value) && isCardNumber(String(value)) ? this.#hide(value) : value;
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
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      const source = sourceOf(value);
      if (source !== undefined) return this.#copySource(source);
    }
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      return this.copy((value.toJSON as () => unknown)());
    }
    return this.#copyFields(value, {});
  }

  #copySource(source: CopySource): unknown {
    switch (source.kind) {
      case 'text':
        return this.text(source.text);
      case 'value':
        return this.copy(source.value);
      case 'list':
        return this.#copyList(source.items, source.size);
      case 'map':
        return this.#copyMap(source.map);
      case 'entries':
        return this.#copyEntries(source.entries);
      case 'error':
        return this.#copyError(source.error);
    }
  }

  #copyArray(array: readonly unknown[]): unknown[] {
    const copied: unknown[] = [];
    const count = Math.min(array.length, maxItems);
    while (copied.length < count && !this.#budget.isSpent) {
      const index = copied.length;
      copied.push(this.#copyUnder(traitsFromItemBefore(array, index, this.#rules.names), array[index]));
    }
    if (copied.length < array.length) copied.push(`[Truncated ${array.length - copied.length} items]`);
    return copied;
  }

  #copyList(items: Iterable<unknown>, size: number): unknown[] {
    const copied: unknown[] = [];
    for (const item of items) {
      if (copied.length >= maxItems || this.#budget.isSpent) break;
      copied.push(this.copy(item));
    }
    if (copied.length < size) copied.push(`[Truncated ${size - copied.length} items]`);
    return copied;
  }

  /** A record, where keys cannot meet in it; else a list of keys and values. */
  #copyMap(map: ReadonlyMap<unknown, unknown>): unknown {
    if (!hasKeysOfOneKind(map)) return this.#copyList(map, map.size);
    const copied: Record<string, unknown> = {};
    const named = this.#traitsFromNames(map);
    let count = 0;
    for (const [key, item] of map) {
      if (count >= maxItems || this.#budget.isSpent) break;
      this.#set(copied, typeof key === 'string' ? key : String(this.copy(key)), item, named);
      count += 1;
    }
    if (count < map.size) copied['…'] = `[Truncated ${map.size - count} items]`;
    return copied;
  }

  #traitsFromNames(map: ReadonlyMap<unknown, unknown>): number {
    let traits = 0;
    let looked = 0;
    for (const [key, item] of map) {
      if (typeof key === 'string') traits |= traitsFromName(key, item, this.#rules.names);
      if (++looked >= maxItems) break;
    }
    return traits;
  }

  /** Headers and forms: a name that is given several times has a list of values. */
  #copyEntries(entries: Iterable<readonly [string, unknown]>): Record<string, unknown> {
    const gathered = new Map<string, unknown>();
    let isCut = false;
    for (const [name, value] of entries) {
      isCut = gathered.size >= maxItems || this.#budget.isSpent;
      if (isCut) break;
      const before = gathered.get(name);
      gathered.set(name, before === undefined ? value : [before, value].flat());
    }
    const copied = this.#copyMap(gathered) as Record<string, unknown>;
    if (isCut) copied['…'] = truncated;
    return copied;
  }

  #copyError(error: Error): Record<string, unknown> {
    const copied: Record<string, unknown> = { name: this.copy(error.name), message: this.copy(error.message) };
    if (error.cause !== undefined) copied['cause'] = this.copy(error.cause);
    for (const field of ['errors', 'error', 'suppressed']) {
      if (Object.hasOwn(error, field)) copied[field] = this.copy(readField(error, field));
    }
    return this.#copyFields(error, copied);
  }

  #copyFields(value: object, copied: Record<string, unknown>): Record<string, unknown> {
    const keys = Object.keys(value);
    const { names } = this.#rules;
    let named = 0;
    for (let index = 0; index < keys.length && index < maxItems; index += 1) {
      const key = keys[index] as string;
      if ((names.traits(key, this.#budget) & NameTrait.namesField) === 0) continue;
      named |= traitsFromName(key, readField(value, key), names);
    }
    for (let index = 0; index < keys.length; index += 1) {
      if (this.#budget.isSpent) {
        copied['…'] = `[Truncated ${keys.length - index} fields]`;
        break;
      }
      const key = keys[index] as string;
      this.#set(copied, key, readField(value, key), named);
    }
    return copied;
  }

  /** @param named what the name in a field beside tells about the values that are with it */
  #set(copied: Record<string, unknown>, key: string, item: unknown, named: number): void {
    const { names, patterns } = this.#rules;
    const traits = names.traits(key, this.#budget);
    const isNamed = named !== 0 && (traits & NameTrait.holdsValue) !== 0;
    const value = this.#copyUnder(isNamed ? traits | named : traits, item);
    const isPlain = patterns === undefined && (traits & NameTrait.plainText) !== 0 && this.#budget.take(key.length);
    const name = isPlain ? key : this.text(key);
    // A plain assignment of __proto__ would set the prototype of the copy instead of a field.
    if (name !== '__proto__') copied[name] = value;
    else Object.defineProperty(copied, name, { value, enumerable: true, configurable: true, writable: true });
  }

  #copyUnder(traits: number, item: unknown): unknown {
    if ((traits & NameTrait.secret) === 0 || isKeptUnder(traits, item)) return this.copy(item);
    return this.#hide(item);
  }

  #hide(secret: unknown): unknown {
    const { replacement } = this.#rules;
    if (!this.#withholds) return replacement;
    return isMark(secret, replacement) ? secret : new Withheld(replacement, secret, true);
  }

  /** A text that was cut, or compared before, is told apart by nothing: who knows what differs in the rest. */
  #textOrWithheld(text: string): string | Withheld {
    const unmarked = withoutMarks(text, this.#rules.replacement);
    const clean = this.text(unmarked);
    if (clean === unmarked) return text;
    if (unmarked !== text || text.length > maxTextLength) return clean;
    return new Withheld(clean, text, false);
  }

  /** A text that is JSON as a whole is redacted as what it stands for. */
  #json(text: string): string | undefined {
    if (!jsonLike.test(text)) return undefined;
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      // To throw costs more than to read.
      this.#budget.take(failedParseUnits);
      return undefined;
    }
    const clean = JSON.stringify(this.copy(parsed));
    // Parsing forgets all but the last of fields with the same name, so it cannot tell that a text has no secrets.
    return clean === JSON.stringify(parsed) ? undefined : clean;
  }
}

function cutNote(clean: string, left: number): string {
  return left === 0 ? clean : `${clean.slice(0, maxTextLength)}… [Truncated ${left} characters]`;
}

/** Whether no two keys become the same text: all are texts, or all are numbers. */
function hasKeysOfOneKind(map: ReadonlyMap<unknown, unknown>): boolean {
  let kind: string | undefined;
  let looked = 0;
  for (const key of map.keys()) {
    kind ??= typeof key;
    if (typeof key !== kind || (kind !== 'string' && kind !== 'number')) return false;
    if (++looked >= maxItems) break;
  }
  return true;
}
