/** Who is told of changes of a level, each until it ends that. */
export class LevelListeners {
  readonly #listeners = new Set<{ readonly tell: () => void }>();

  /** Gives what ends it; the same function may be added several times. */
  add(tell: () => void): () => void {
    const listener = { tell };
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Not those who are added meanwhile. */
  tell(): void {
    for (const { tell } of [...this.#listeners]) tell();
  }
}
