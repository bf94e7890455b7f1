import { secretSnapshot } from './secret-snapshot';

/**
 * A secret in a copy whose counterpart is still to come: shown as its replacement, with what tells the two apart. It must
 * not outlive the call; {@link compareSides} puts a text in its place.
 */
export class Withheld {
  /** What is shown of it. */
  readonly text: string;
  /** Whether nothing of the value is shown. */
  readonly isWhole: boolean;
  readonly #snapshot: string | undefined;

  constructor(text: string, secret: unknown, isWhole: boolean) {
    this.text = text;
    this.isWhole = isWhole;
    this.#snapshot = secretSnapshot(secret);
  }

  /** Whether both hide the same secret; undefined where that cannot be told. */
  equals(other: Withheld): boolean | undefined {
    // Of texts that show different things, no one can tell whether the secrets in them differ as well.
    if (this.text !== other.text || this.#snapshot === undefined || other.#snapshot === undefined) return undefined;
    return this.#snapshot === other.#snapshot;
  }

  toJSON(): string {
    return this.text;
  }

  toString(): string {
    return this.text;
  }

  /** For `console.log`. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.text;
  }
}
