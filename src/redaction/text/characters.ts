/** Whether a character code is that of a blank: what `\s` matches, but for some that NFKC makes blanks. */
export function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 160 || code === 0x2028 || code === 0x2029;
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

/** Of a word as `\w` has it, or a dot or hyphen. */
export function isInRun(code: number): boolean {
  return isLetter(code) || isDigit(code) || code === 95 || code === 45 || code === 46;
}

/** Remembers where a text has something next, so that a walk over it looks for each only once. */
export class NextIndex {
  readonly #text: string;
  readonly #sought: string;
  #at = -2;

  constructor(text: string, sought: string) {
    this.#text = text;
    this.#sought = sought;
  }

  /** Where it is at or behind a position, which never falls; the length of the text where it is not. */
  from(position: number): number {
    if (this.#at < position) {
      const found = this.#text.indexOf(this.#sought, position);
      this.#at = found === -1 ? this.#text.length : found;
    }
    return this.#at;
  }
}
