/** The quantiles that every summary tells of. */
const summaryQuantiles: readonly number[] = [0.5, 0.9, 0.95, 0.99];

/** How many observations the quantiles are of. */
const summaryWindow = 1024;

/** Its last observations, of which quantiles are taken when they are read; no more than 8 KiB. */
export class SummaryWindow {
  #values = new Float64Array(16);
  #count = 0;

  add(value: number): void {
    if (this.#count === this.#values.length && this.#count < summaryWindow) {
      const grown = new Float64Array(this.#count * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#count % this.#values.length] = value;
    this.#count += 1;
  }

  /** By nearest rank: each is a value that was observed. */
  quantiles(): Record<string, number> {
    const sorted = this.#values.slice(0, Math.min(this.#count, summaryWindow)).sort();
    if (sorted.length === 0) return {};
    const at = (quantile: number): number => sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)] as number;
    return Object.fromEntries(summaryQuantiles.map((quantile) => [String(quantile), at(quantile)]));
  }
}
