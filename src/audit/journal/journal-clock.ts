/** The time as records carry it; writing it out costs as much as hashing, so that it is done once a millisecond (bench: journal). */
export class JournalClock {
  #ms = -1;
  #text = '';

  now(): string {
    const ms = Date.now();
    if (ms !== this.#ms) {
      this.#ms = ms;
      this.#text = new Date(ms).toISOString();
    }
    return this.#text;
  }
}
