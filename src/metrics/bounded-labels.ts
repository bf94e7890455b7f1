import { types } from 'node:util';
import type { LabelDeclaration } from '../call/operation';
import type { Diagnostics } from '../diagnostics';
import { labelText, longestLabelValue } from './label-values';
import { ownText } from './own-text';

/** What a value becomes that is outside the bounds of its label. */
export const other = 'other';

/** The labels of a metric, by name. */
export type LabelDeclarations = Readonly<Record<string, LabelDeclaration>>;

/** Keeps one label from growing without bound: what is not allowed, too long, or past the budget, becomes `other`. */
export class BoundedLabel {
  readonly #allowed: ReadonlySet<string> | undefined;
  readonly #seen = new Set<string>();
  readonly #budget: number;

  constructor(allowed: readonly string[] | undefined, budget: number) {
    this.#allowed = allowed === undefined ? undefined : new Set(allowed);
    this.#budget = budget;
  }

  admits(value: string): boolean {
    if (this.#allowed !== undefined) return this.#allowed.has(value);
    if (this.#seen.has(value)) return true;
    if (this.#seen.size >= this.#budget || value.length > longestLabelValue) return false;
    this.#seen.add(ownText(value));
    return true;
  }
}

/** Whether two declarations bound their labels alike, so that one set of bounds serves both. */
export function boundAlike(one: LabelDeclarations, other: LabelDeclarations): boolean {
  return Object.keys(one).every((name) => boundsOf(one[name]) === boundsOf(other[name]));
}

function boundsOf(declared: LabelDeclaration | undefined): string {
  const { values } = declared ?? {};
  return values === undefined ? 'any value' : JSON.stringify([...new Set(values)].sort());
}

/** The labels of one metric of a user's own. */
export class BoundedLabels {
  readonly declared: LabelDeclarations;
  readonly #where: string;
  readonly #diagnostics: Diagnostics;
  readonly #labels: Readonly<Record<string, BoundedLabel>>;

  constructor(where: string, declared: LabelDeclarations, budget: number, diagnostics: Diagnostics) {
    this.declared = declared;
    this.#where = where;
    this.#diagnostics = diagnostics;
    const labels = Object.entries(declared).map(
      ([name, { values }]) => [name, new BoundedLabel(values, budget)] as const,
    );
    this.#labels = Object.fromEntries(labels);
  }

  /** The value that a selector gives; one that throws, or is asynchronous, is reported, and its label is `other`. */
  read(name: string, select: () => unknown): string {
    const where = `${this.#where}{${name}}`;
    try {
      const value = select();
      if (!types.isPromise(value)) return this.fold(name, value);
      this.#diagnostics.watch('TREFOIL_SELECTOR_FAILED', where, value);
      throw new Error('a selector has to give its value at once, not a promise');
    } catch (error) {
      this.#diagnostics.report('TREFOIL_SELECTOR_FAILED', where, error);
      return other;
    }
  }

  /** The value as a label: a text out of the set or within the budget, else `other`, which is counted. */
  fold(name: string, value: unknown): string {
    const text = labelText(value);
    if (text !== undefined && this.#labels[name]?.admits(text) === true) return text;
    this.#diagnostics.report(
      'TREFOIL_LABEL_FOLDED',
      `${this.#where}{${name}}`,
      new Error('the value is outside the bounds of the label'),
    );
    return other;
  }
}
