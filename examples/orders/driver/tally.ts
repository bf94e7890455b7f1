/** Counts by a key of several parts. */
export class Tally {
  readonly counts = new Map<string, number>();

  add(parts: readonly unknown[], count = 1): void {
    const key = parts.join(' ');
    if (count !== 0) this.counts.set(key, this.of(key) + count);
  }

  of(key: string): number {
    return this.counts.get(key) ?? 0;
  }
}
