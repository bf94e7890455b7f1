import type { TextMapGetter } from '@opentelemetry/api';
import { maxBaggageEntries } from './bounded-baggage';

/** How many names of a carrier are looked at; servers take no more headers than some hundreds. */
const maxNames = 1_000;

/** A header longer than this is as good as none: Node's servers take half of it, for all headers together. */
const maxValueLength = 32_768;

/** How often one header may be given. */
const maxValues = 64;

/** What a carrier is asked, whatever it is. */
interface Entries {
  /** By its name in lower case. */
  valueOf(name: string): unknown;
  names(): Iterable<string>;
}

/** Headers that have to be asked for by name, such as gRPC's metadata. */
interface Lookup {
  get(name: string): unknown;
}

/**
 * Headers of any kind by their lower-case names: plain objects (HTTP, Kafka, AMQP), lists of pairs and what iterates over
 * pairs (`Headers`, `Map`), and objects with a `get`. A value may be text, bytes, or a list of them. It never throws.
 */
export class CarrierReader {
  readonly #entries: Entries | undefined;

  constructor(carrier: unknown) {
    try {
      this.#entries = entriesOf(carrier);
    } catch {
      // It cannot be read at all.
      this.#entries = undefined;
    }
  }

  /** The texts of a header, in their order; nothing else and nothing too long. */
  texts(name: string): string[] {
    try {
      const value = this.#entries?.valueOf(name);
      if (value === undefined) return [];
      const values: readonly unknown[] = Array.isArray(value) ? value.slice(0, maxValues) : [value];
      return values.map(textOf).filter((text) => text !== undefined);
    } catch {
      return [];
    }
  }

  /** The names that are known; what has to be asked for by name does not tell them. */
  names(): string[] {
    try {
      return [...(this.#entries?.names() ?? [])];
    } catch {
      return [];
    }
  }
}

/** Jaeger's propagator takes time by the square of how many there are. */
const jaegerBaggage = 'uberctx-';

/** Lets a propagator read a {@link CarrierReader}. */
export const carrierGetter: TextMapGetter<CarrierReader> = {
  get(reader, name) {
    const texts = reader.texts(name.toLowerCase());
    return texts.length > 1 ? texts : texts[0];
  },
  keys(reader) {
    let baggage = 0;
    return reader.names().filter((name) => !name.startsWith(jaegerBaggage) || (baggage += 1) <= maxBaggageEntries);
  },
};

function entriesOf(carrier: unknown): Entries | undefined {
  if (typeof carrier !== 'object' || carrier === null) return undefined;
  if (isIterable(carrier)) return entriesOfPairs(carrier);
  if (isLookup(carrier)) return { valueOf: (name) => carrier.get(name), names: () => [] };
  return entriesOfProperties(carrier as Properties);
}

/** Each item is a pair, or (as librdkafka has it) an object with one property. */
function entriesOfPairs(items: Iterable<unknown>): Entries {
  const values = new Map<string, unknown[]>();
  try {
    let count = 0;
    for (const item of items) {
      if ((count += 1) > maxNames) break;
      const [name, value] = Array.isArray(item) ? (item as unknown[]) : (Object.entries(item ?? {})[0] ?? []);
      const text = textOf(name)?.toLowerCase();
      if (text !== undefined) append(values, text, value);
    }
  } catch {
    // It cannot be read any further: what has been read stands.
  }
  return { valueOf: (name) => values.get(name), names: () => values.keys() };
}

type Properties = Readonly<Record<string, unknown>>;

/** The same name in another case is the same header, given twice. Servers give lower case, which costs no copy here. */
function entriesOfProperties(carrier: Properties): Entries {
  const otherwise = new Map<string, string[]>();
  const names: string[] = [];
  for (const name in carrier) {
    if (names.length === maxNames) break;
    if (!Object.hasOwn(carrier, name)) continue;
    const lower = name.toLowerCase();
    names.push(lower);
    if (lower !== name) otherwise.set(lower, [...(otherwise.get(lower) ?? []), name].slice(0, maxValues));
  }
  return {
    valueOf(name) {
      const others = otherwise.get(name);
      const own = Object.hasOwn(carrier, name) ? carrier[name] : undefined;
      if (others === undefined) return own;
      return [own, ...others.map((other) => carrier[other])].flat().filter((value) => value !== undefined);
    },
    names: () => new Set(names),
  };
}

function append(entries: Map<string, unknown[]>, name: string, value: unknown): void {
  const values = entries.get(name) ?? [];
  for (const one of Array.isArray(value) ? (value as readonly unknown[]).slice(0, maxValues) : [value]) {
    if (values.length < maxValues) values.push(one);
  }
  entries.set(name, values);
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
