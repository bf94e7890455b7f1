/** The records of a chain that nothing but the chain itself vouches for, although another has ended it. */
export class Unwitnessed {
  count = 0;
  /** The first of them. */
  from: number | undefined;
  #through = 0;

  /** A chain may have been taken over twice: what was counted is not counted again. */
  add(first: number, last: number): void {
    const from = Math.max(first, this.#through + 1);
    if (last < from) return;
    this.addAside(from, last);
    this.#through = last;
  }

  /** Those of another side of the chain, with the same numbers. */
  addAside(first: number, last: number): void {
    if (last < first) return;
    this.count += last - first + 1;
    this.from ??= first;
  }
}
