import type { TextMapGetter } from '@opentelemetry/api';

/** How many names of a carrier are looked at; servers take no more headers than some hundreds. */
const maxNames = 1_000;

/** A header longer than this is as good as none: Node's servers take half of it, for all headers together. */
const maxValueLength = 32_768;

/** How often one header may be given. */
const maxValues = 64;

type Entries = ReadonlyMap<string, readonly unknown[]>;

/** Headers that have to be asked for by name, such as gRPC's metadata. */
interface Lookup {
  get(name: string): unknown;
}

/**
 * Headers of any kind by their lower-case names: plain objects (HTTP, Kafka, AMQP), lists of pairs and what iterates over
 * pairs (`Headers`, `Map`), and objects with a `get`. A value may be text, bytes, or a list of them. It never throws.
 */
export class CarrierReader {
  readonly #entries: Entries;
  readonly #lookup: Lookup | undefined;

  constructor(carrier: unknown) {
    const entries = new Map<string, unknown[]>();
    this.#entries = entries;
    try {
      if (typeof carrier !== 'object' || carrier === null) return;
      if (isIterable(carrier)) readPairs(carrier, entries);
      else if (isLookup(carrier)) this.#lookup = carrier;
      else readProperties(carrier, entries);
    } catch {
      // It cannot be read any further: what has been read stands.
    }
  }

  /** The texts of a header, in their order; nothing else and nothing too long. */
  texts(name: string): string[] {
    try {
      const values: unknown = this.#lookup === undefined ? this.#entries.get(name) : this.#lookup.get(name);
      const list: readonly unknown[] = Array.isArray(values) ? values.slice(0, maxValues) : [values];
      return list.map(textOf).filter((text) => text !== undefined);
    } catch {
      return [];
    }
  }

  /** The names that are known; what has to be asked for by name does not tell them. */
  names(): string[] {
    return [...this.#entries.keys()];
  }
}

/** Lets a propagator read a {@link CarrierReader}. */
export const carrierGetter: TextMapGetter<CarrierReader> = {
  get(reader, name) {
    const texts = reader.texts(name.toLowerCase());
    return texts.length > 1 ? texts : texts[0];
  },
  keys: (reader) => reader.names(),
};

/** Each item is a pair, or (as librdkafka has it) an object with one property. */
function readPairs(items: Iterable<unknown>, entries: Map<string, unknown[]>): void {
  let count = 0;
  for (const item of items) {
    if ((count += 1) > maxNames) return;
    if (Array.isArray(item)) add(entries, item[0], item[1]);
    else if (typeof item === 'object' && item !== null) readProperties(item, entries);
  }
}

function readProperties(carrier: object, entries: Map<string, unknown[]>): void {
  let count = 0;
  for (const name in carrier) {
    if ((count += 1) > maxNames) return;
    if (!Object.hasOwn(carrier, name)) continue;
    try {
      add(entries, name, (carrier as Readonly<Record<string, unknown>>)[name]);
    } catch {
      // A getter that throws: the other headers can be read all the same.
    }
  }
}

/** The same name in another case is the same header, given twice. */
function add(entries: Map<string, unknown[]>, name: unknown, value: unknown): void {
  const text = textOf(name)?.toLowerCase();
  if (text === undefined) return;
  const values = entries.get(text) ?? [];
  for (const one of Array.isArray(value) ? (value as readonly unknown[]).slice(0, maxValues) : [value]) {
    if (values.length < maxValues) values.push(one);
  }
  entries.set(text, values);
}

function isIterable(carrier: object): carrier is Iterable<unknown> {
  return typeof (carrier as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function';
}

function isLookup(carrier: object): carrier is Lookup {
  return typeof (carrier as Partial<Lookup>).get === 'function';
}

/** Brokers give bytes where HTTP gives text. */
function textOf(value: unknown): string | undefined {
  if (value instanceof Uint8Array) {
    if (value.byteLength > maxValueLength) return undefined;
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
  }
  return typeof value === 'string' && value.length <= maxValueLength ? value : undefined;
}
