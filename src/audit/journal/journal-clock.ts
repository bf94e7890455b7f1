/**
 * Times as records carry them, in ISO 8601. Writing one out costs as much as hashing a record, so that all but the
 * milliseconds is kept for a second (bench: audit).
 */
export class JournalClock {
  #second = Number.NaN;
  #prefix = '';

  now(): string {
    return this.textOf(Date.now());
  }

  /** @throws RangeError where there is no such time */
  textOf(ms: number): string {
    const second = Math.floor(ms / 1_000);
    if (second !== this.#second) {
      this.#prefix = new Date(ms).toISOString().slice(0, -'000Z'.length);
      this.#second = second;
    }
    const rest = ms - second * 1_000;
    return `${this.#prefix}${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`;
  }
}
