import { Withheld } from './withheld';

type Fields = Readonly<Record<string, unknown>>;

/** What was there before and after; either may be unknown. */
export interface Sides {
  readonly before?: unknown;
  readonly after?: unknown;
}

interface Compared extends Sides {
  readonly differs: boolean;
}

/** What stands for something that was left out, so that nothing can be told of it. */
const leftOut = /\[(?:Truncated[^\]]*|Too deep|UNSERIALIZABLE)\]$/;

/**
 * Puts texts in the place of what is hidden: `[REDACTED, changed]` or `[REDACTED, unchanged]` where that is known, else
 * the replacement alone.
 *
 * @param onlyDifferences whether to leave out the fields that are the same on both sides
 */
export function compareSides(sides: Sides, replacement: string, onlyDifferences: boolean): Sides {
  const comparison = new Comparison(replacement, onlyDifferences);
  const compared: { before?: unknown; after?: unknown } = {};
  if (sides.before === undefined || sides.after === undefined) {
    if (sides.before !== undefined) compared.before = comparison.alone(sides.before);
    if (sides.after !== undefined) compared.after = comparison.alone(sides.after);
    return compared;
  }
  const { before, after } = comparison.both(sides.before, sides.after);
  return { before, after };
}

/** How a replacement says what became of the secret: `[REDACTED, changed]`, `*** (changed)`. */
function marked(replacement: string, what: 'changed' | 'unchanged'): string {
  return replacement.endsWith(']') ? `${replacement.slice(0, -1)}, ${what}]` : `${replacement} (${what})`;
}

/** Whether a text stands for a secret that was hidden earlier. */
export function isMark(value: unknown, replacement: string): boolean {
  if (typeof value !== 'string') return false;
  return [replacement, '[REDACTED]'].some(
    (hidden) => value === hidden || value === marked(hidden, 'changed') || value === marked(hidden, 'unchanged'),
  );
}

/** A text in which the secrets that were compared earlier read as if they had not been. */
export function withoutMarks(text: string, replacement: string): string {
  if (replacement === '' || !text.includes('changed')) return text;
  return text
    .replaceAll(marked(replacement, 'changed'), replacement)
    .replaceAll(marked(replacement, 'unchanged'), replacement);
}

class Comparison {
  readonly #replacement: string;
  readonly #onlyDifferences: boolean;

  constructor(replacement: string, onlyDifferences: boolean) {
    this.#replacement = replacement;
    this.#onlyDifferences = onlyDifferences;
  }

  both(before: unknown, after: unknown): Compared {
    if (before instanceof Withheld || after instanceof Withheld) return this.#hidden(before, after);
    if (Array.isArray(before) && Array.isArray(after)) return this.#lists(before, after);
    if (isRecord(before) && isRecord(after)) return this.#records(before, after);
    const differs = !Object.is(before, after) || isLeftOut(before);
    return { before: this.alone(before), after: this.alone(after), differs };
  }

  /** A copy that has no counterpart. */
  alone(value: unknown, what?: 'changed'): unknown {
    if (value instanceof Withheld) return this.#textOf(value, value.isWhole ? what : undefined);
    if (Array.isArray(value)) return value.map((item) => this.alone(item, what));
    if (!isRecord(value)) return value;
    const copy: Record<string, unknown> = {};
    for (const key of Object.keys(value)) setField(copy, key, this.alone(value[key], what));
    return copy;
  }

  #hidden(before: unknown, after: unknown): Compared {
    const areBoth = before instanceof Withheld && after instanceof Withheld;
    const isSame = areBoth ? before.equals(after) : this.#isOpaque(before) || this.#isOpaque(after) ? undefined : false;
    const what = isSame === undefined ? undefined : isSame ? 'unchanged' : 'changed';
    const side = (value: unknown): unknown =>
      value instanceof Withheld
        ? this.#textOf(value, areBoth || value.isWhole ? what : undefined)
        : this.alone(value, what === 'changed' ? what : undefined);
    return { before: side(before), after: side(after), differs: isSame !== true };
  }

  #lists(before: readonly unknown[], after: readonly unknown[]): Compared {
    const compared = [before, after].map(() => [] as unknown[]) as [unknown[], unknown[]];
    let differs = before.length !== after.length;
    const isKnown = !before.some(isLeftOut) && !after.some(isLeftOut);
    // Items have no names: where some are left out, nobody could tell which.
    const items = this.#onlyDifferences ? new Comparison(this.#replacement, false) : this;
    for (let index = 0; index < Math.max(before.length, after.length); index += 1) {
      if (index < before.length && index < after.length) {
        const item = items.both(before[index], after[index]);
        differs ||= item.differs;
        compared[0].push(item.before);
        compared[1].push(item.after);
      } else if (index < before.length) compared[0].push(items.alone(before[index], isKnown ? 'changed' : undefined));
      else compared[1].push(items.alone(after[index], isKnown ? 'changed' : undefined));
    }
    return { before: compared[0], after: compared[1], differs };
  }

  #records(before: Fields, after: Fields): Compared {
    const compared = { before: {}, after: {} };
    let differs = false;
    const isKnown = !Object.hasOwn(before, '…') && !Object.hasOwn(after, '…');
    for (const key of Object.keys(before)) {
      if (!Object.hasOwn(after, key)) {
        setField(compared.before, key, this.alone(before[key], isKnown ? 'changed' : undefined));
        differs = true;
        continue;
      }
      const field = this.both(before[key], after[key]);
      differs ||= field.differs;
      if (this.#onlyDifferences && !field.differs) continue;
      setField(compared.before, key, field.before);
      setField(compared.after, key, field.after);
    }
    for (const key of Object.keys(after)) {
      if (Object.hasOwn(before, key)) continue;
      setField(compared.after, key, this.alone(after[key], isKnown ? 'changed' : undefined));
      differs = true;
    }
    return { ...compared, differs };
  }

  /** Nothing can be told of what was left out, or hidden before it came here. */
  #isOpaque(value: unknown): boolean {
    return isLeftOut(value) || isMark(value, this.#replacement);
  }

  #textOf({ text }: Withheld, what: 'changed' | 'unchanged' | undefined): string {
    if (what === undefined || this.#replacement === '') return text;
    return text.replaceAll(this.#replacement, marked(this.#replacement, what));
  }
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Withheld);
}

function isLeftOut(value: unknown): boolean {
  return typeof value === 'string' && leftOut.test(value);
}

/** A plain assignment of `__proto__` would set the prototype instead of a field. */
function setField(copy: object, key: string, value: unknown): void {
  Object.defineProperty(copy, key, { value, enumerable: true, configurable: true, writable: true });
}
