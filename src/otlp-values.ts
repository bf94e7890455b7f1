import { randomUUID } from 'node:crypto';
import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { adjustRequests } from './otlp-requests';

/** The text with U+FFFD for each half of a surrogate pair, which UTF-8 cannot hold. What is no text is written out. */
export function wellFormed(text: string): string {
  const given: unknown = text;
  if (typeof given !== 'string') return textOf(given).toWellFormed();
  return given.isWellFormed() ? given : given.toWellFormed();
}

/** Attributes that can be written: the very same ones where nothing has to be changed. */
export function wellFormedAttributes(attributes: Attributes, numbers: OtlpNumbers): Attributes {
  const keys = Object.keys(attributes);
  const isWritable = (key: string): boolean =>
    key.isWellFormed() && Object.is(wellFormedValue(attributes[key], numbers), attributes[key]);
  if (keys.every(isWritable)) return attributes;
  return Object.fromEntries(keys.map((key) => [wellFormed(key), wellFormedValue(attributes[key], numbers)]));
}

/** What OpenTelemetry does not take for an attribute, but plain JavaScript may give, is written out as JSON. */
function wellFormedValue(value: unknown, numbers: OtlpNumbers): AttributeValue | undefined {
  if (!Array.isArray(value)) return wellFormedItem(value, numbers);
  const items = value as readonly unknown[];
  const written = items.map((item) => wellFormedItem(item, numbers));
  return (written.every((item, index) => Object.is(item, items[index])) ? value : written) as AttributeValue;
}

function wellFormedItem(value: unknown, numbers: OtlpNumbers): AttributeValue | undefined {
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value === 'number') return numbers.write(value);
  if (typeof value === 'boolean' || value === undefined || value === null) return value as boolean | undefined;
  // Bytes have a place of their own.
  return value instanceof Uint8Array ? (value as unknown as AttributeValue) : textOf(value).toWellFormed();
}

function textOf(value: unknown): string {
  try {
    return (typeof value === 'object' ? JSON.stringify(value) : undefined) ?? String(value);
  } catch {
    return 'a value that cannot be written';
  }
}

/** The first doubles beyond the integers of 64 bits. */
const [tooSmall, tooLarge] = [-(2 ** 63), 2 ** 63];

function isInt64(value: number): boolean {
  return Number.isInteger(value) && value >= tooSmall && value < tooLarge;
}

/** Written by JavaScript as what it is: it rounds large integers, by which the lowest of 64 bits is beyond them. */
function isPlain(value: number): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
}

/**
 * Numbers that OpenTelemetry's exporter of JSON writes so that protobuf's parser refuses the whole request, or reads another
 * one: integers beyond 64 bits are no `intValue`, large ones within are rounded in decimal, and NaN is no `null` (seen in
 * 0.223). A text takes their place until the request is written.
 */
export class OtlpNumbers {
  readonly #way: 'as they are' | 'marked' | 'as text';
  /** Nobody can know it, so that no text of the application's passes for a number. */
  readonly #mark = `number-${randomUUID()}:`;
  readonly #marked = new RegExp(`\\{"stringValue":"${this.#mark}([^"]+)"\\}`, 'g');
  #isUsed = false;

  private constructor(way: 'as they are' | 'marked' | 'as text') {
    this.#way = way;
  }

  /**
   * Those of one exporter, with what else has to be done to its requests.
   *
   * @param finish may throw, so that a request is not sent
   */
  static of<Records>(
    exporter: object,
    isJson: boolean,
    finish: (request: Uint8Array, records: Records) => void = () => undefined,
  ): OtlpNumbers {
    const numbers = new OtlpNumbers(isJson ? 'marked' : 'as they are');
    const isAdjusted = adjustRequests<Records>(exporter, (request, records) => {
      const restored = numbers.#restore(request);
      finish(restored, records);
      return restored;
    });
    return isAdjusted || !isJson ? numbers : new OtlpNumbers('as text');
  }

  /** Those of a format that writes numbers by itself. */
  static readonly asTheyAre = new OtlpNumbers('as they are');

  /** The number, or what stands for it. */
  write(value: number): number | string {
    if (this.#way === 'as they are' || isPlain(value)) return value;
    if (this.#way === 'as text') return isInt64(value) && value !== tooSmall ? value : String(value);
    this.#isUsed = true;
    return `${this.#mark}${value}`;
  }

  /** The request with the numbers as protobuf's JSON has them: integers of 64 bits, and what is not finite, as texts. */
  #restore(request: Uint8Array): Uint8Array {
    if (!this.#isUsed) return request;
    this.#isUsed = false;
    const json = Buffer.from(request.buffer, request.byteOffset, request.byteLength).toString();
    const restored = json.replace(this.#marked, (_marked, text: string) => {
      const number = Number(text);
      if (isInt64(number)) return `{"intValue":"${BigInt(number)}"}`;
      return `{"doubleValue":${Number.isFinite(number) ? text : `"${text}"`}}`;
    });
    return Buffer.from(restored);
  }
}
