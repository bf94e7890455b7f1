const maxValues = 10_000;
const maxUnits = 1_048_576;

/**
 * What one redaction may cost: 10,000 values, and 1,048,576 units of text. A character costs one unit to look at, five
 * more where the text has to be searched for secrets, and sixteen more where patterns of the user's run over it. What
 * there is no budget for is left out, never written unread.
 */
export class CopyBudget {
  #values = maxValues;
  #units = maxUnits;

  get isSpent(): boolean {
    return this.#values <= 0 || this.#units <= 0;
  }

  /** Takes one value; `false` where there is nothing left. */
  takeValue(): boolean {
    if (this.isSpent) return false;
    this.#values -= 1;
    return true;
  }

  /** Takes a text's units; `false` where there are not as many left, and then nothing is. */
  take(units: number): boolean {
    this.#units -= units;
    return this.#units >= 0;
  }
}
