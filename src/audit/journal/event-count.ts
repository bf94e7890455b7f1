/** Counts the events of a chain by segment, so that those of a file which is lost can be named by their number. */
export class EventCount {
  /** The numbers of the records in the current segment that are no events: few. */
  #others: number[] = [];
  readonly #sealed = new Map<number, number>();

  /** Counts of segments that are finished, and still there. */
  get sealed(): number {
    let sum = 0;
    for (const count of this.#sealed.values()) sum += count;
    return sum;
  }

  addOther(seq: number): void {
    this.#others.push(seq);
  }

  /** Records behind this one were taken back. */
  forget(after: number): void {
    while (this.#others.length > 0 && (this.#others.at(-1) as number) > after) this.#others.pop();
  }

  /** How many events are behind one record of the current segment, up to another. */
  between(after: number, through: number): number {
    const others = this.#others.filter((seq) => seq > after && seq <= through).length;
    return Math.max(0, through - after - others);
  }

  /** The current segment is finished. */
  seal(segment: number, after: number, through: number): void {
    this.#sealed.set(segment, this.between(after, through));
    this.#others = [];
  }

  /** Only these segments are left. */
  keepOnly(segments: ReadonlySet<number>): void {
    for (const segment of this.#sealed.keys()) if (!segments.has(segment)) this.#sealed.delete(segment);
  }
}
