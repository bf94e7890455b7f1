import type { LabelDeclaration } from '../call/operation';
import type { Diagnostics } from '../diagnostics';

const other = 'other';

/** Keeps one label from growing without bound: what is not allowed, or past the budget, becomes `other`. */
class BoundedLabel {
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
    if (this.#seen.size >= this.#budget) return false;
    this.#seen.add(value);
    return true;
  }
}

/** The labels of one metric of a user's own. */
export class BoundedLabels {
  readonly #where: string;
  readonly #diagnostics: Diagnostics;
  readonly #labels: Readonly<Record<string, BoundedLabel>>;

  constructor(
    where: string,
    declared: Readonly<Record<string, LabelDeclaration>>,
    budget: number,
    diagnostics: Diagnostics,
  ) {
    this.#where = where;
    this.#diagnostics = diagnostics;
    const labels = Object.entries(declared).map(
      ([name, { values }]) => [name, new BoundedLabel(values, budget)] as const,
    );
    this.#labels = Object.fromEntries(labels);
  }

  /** The value that a selector gives; one that throws is reported, and its label is `other`. */
  read(name: string, select: () => unknown): string {
    try {
      return this.fold(name, select());
    } catch (error) {
      this.#diagnostics.report('TREFOIL_SELECTOR_FAILED', `${this.#where}{${name}}`, error);
      return other;
    }
  }

  /** The value as a label: a text out of the set or within the budget, else `other`, which is counted. */
  fold(name: string, value: unknown): string {
    const text = typeof value === 'string' ? value : isWritable(value) ? String(value) : '';
    if (this.#labels[name]?.admits(text) === true) return text;
    this.#diagnostics.report(
      'TREFOIL_LABEL_FOLDED',
      `${this.#where}{${name}}`,
      new Error('the value is outside the bounds of the label'),
    );
    return other;
  }
}

function isWritable(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint';
}
