import { decodeLine } from './journal-record';

interface Region {
  readonly chunk: Buffer;
  from: number;
  to: number;
}

/**
 * The bytes that were written and may have to be written again: after a failed sync nobody can tell what the file holds,
 * and what was synced to a file that has since been removed is lost as well.
 */
export class KeptLines {
  readonly #regions: Region[] = [];
  readonly #onFree: (chunk: Buffer) => void;
  #size = 0;

  constructor(onFree: (chunk: Buffer) => void) {
    this.#onFree = onFree;
  }

  get size(): number {
    return this.#size;
  }

  holds(chunk: Buffer): boolean {
    return this.#regions.at(-1)?.chunk === chunk;
  }

  add(chunk: Buffer, from: number, to: number): void {
    const last = this.#regions.at(-1);
    if (last?.chunk === chunk && last.to === from) last.to = to;
    else this.#regions.push({ chunk, from, to });
    this.#size += to - from;
  }

  /** Forgets so many bytes from the oldest on. */
  release(bytes: number): void {
    let left = bytes;
    while (left > 0 && this.#regions.length > 0) {
      const oldest = this.#regions[0] as Region;
      const taken = Math.min(left, oldest.to - oldest.from);
      oldest.from += taken;
      this.#size -= taken;
      left -= taken;
      if (oldest.from < oldest.to) return;
      this.#regions.shift();
      this.#onFree(oldest.chunk);
    }
  }

  /** The records without their `{"seq":…,`, which they get anew. */
  texts(): string[] {
    return this.#regions.flatMap(({ chunk, from, to }) => textsOf(chunk.subarray(from, to)));
  }
}

/** The records of whole lines, without their `{"seq":…,`. */
export function textsOf(lines: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < lines.length;) {
    const end = lines.indexOf(0x0a, at) + 1;
    const body = decodeLine(lines.subarray(at, end))?.body;
    if (body !== undefined) texts.push(textOf(body));
    at = end;
  }
  return texts;
}

/** The text of a record without its `{"seq":…,`. */
export function textOf(body: Buffer): string {
  const text = body.toString();
  return text.slice(text.indexOf(',') + 1);
}

export function isEventText(text: string): boolean {
  return /^"kind":"(event|intent|outcome)"/.test(text);
}

/** Events and gaps: anything else names places in the chain. */
export function isWrittenAnew(text: string): boolean {
  return isEventText(text) || text.startsWith('"kind":"gap"');
}
