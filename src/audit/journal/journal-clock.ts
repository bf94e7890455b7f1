/** Times as records carry them. Writing one out costs as much as hashing, so that it is done once a millisecond (bench: journal). */
export class JournalClock {
  #ms = -1;
  #text = '';

  now(): string {
    return this.textOf(Date.now());
  }

  textOf(ms: number): string {
    if (ms !== this.#ms) {
      this.#text = new Date(ms).toISOString();
      this.#ms = ms;
    }
    return this.#text;
  }
}
