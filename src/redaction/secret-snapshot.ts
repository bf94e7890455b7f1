const maxParts = 1_000;
const maxDepth = 8;
const maxTextLength = 65_536;

/** What a secret is, as a text that is equal exactly where the secret is; undefined where that cannot be told. */
export function secretSnapshot(secret: unknown): string | undefined {
  try {
    return new Snapshot().of(secret);
  } catch {
    return undefined;
  }
}

/** Written out with the kind of each part, so that `'1'` differs from `1`, and bounded, as a secret may be of any size. */
class Snapshot {
  #parts = 0;

  of(value: unknown, depth = 0): string {
    this.#parts += 1;
    if (this.#parts > maxParts || depth > maxDepth) throw new Error('too large to compare');
    if (typeof value === 'string') return JSON.stringify(within(value));
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
    if (value === null || value === undefined || typeof value === 'boolean') return String(value);
    if (typeof value === 'object') return within(this.#ofObject(value, depth + 1));
    throw new Error('not a value');
  }

  #ofObject(value: object, depth: number): string {
    if (Array.isArray(value)) return `[${value.map((item) => this.of(item, depth)).join()}]`;
    if (value instanceof Date) return `Date ${value.getTime()}`;
    if (value instanceof Uint8Array) return this.#ofBytes(value);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== null && prototype !== Object.prototype) throw new Error('an instance of a class');
    const fields = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${this.of(item, depth)}`);
    return `{${fields.sort().join()}}`;
  }

  #ofBytes(bytes: Uint8Array): string {
    if (bytes.length > maxTextLength / 2) throw new Error('too large to compare');
    return `bytes ${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`;
  }
}

function within(text: string): string {
  if (text.length > maxTextLength) throw new Error('too large to compare');
  return text;
}
