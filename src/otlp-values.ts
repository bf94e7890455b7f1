import { randomUUID } from 'node:crypto';
import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { adjustRequests } from './otlp-requests';

/** The text with U+FFFD for each half of a surrogate pair, which UTF-8 cannot hold. What is no text is written out. */
export function wellFormed(text: string): string {
  const given: unknown = text;
  if (typeof given !== 'string') return String(given);
  return given.isWellFormed() ? given : given.toWellFormed();
}

/** Attributes that can be written: the very same ones where nothing has to be changed. */
export function wellFormedAttributes(attributes: Attributes, numbers: OtlpNumbers): Attributes {
  let changed: Attributes | undefined;
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    const written = wellFormedValue(value, numbers);
    if (changed === undefined && (written !== value || !key.isWellFormed())) changed = copyBefore(attributes, key);
    if (changed !== undefined) changed[wellFormed(key)] = written;
  }
  return changed ?? attributes;
}

function copyBefore(attributes: Attributes, key: string): Attributes {
  const names = Object.keys(attributes);
  return Object.fromEntries(names.slice(0, names.indexOf(key)).map((name) => [name, attributes[name]]));
}

function wellFormedValue(value: AttributeValue | undefined, numbers: OtlpNumbers): AttributeValue | undefined {
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value === 'number') return numbers.write(value);
  if (!Array.isArray(value)) return value;
  const written = value.map((item) => wellFormedValue(item as AttributeValue, numbers));
  return written.some((item, index) => item !== value[index]) ? (written as AttributeValue) : value;
}

/** The first doubles beyond the integers of 64 bits. */
const [tooSmall, tooLarge] = [-(2 ** 63), 2 ** 63];

function isPlain(value: number): boolean {
  if (Number.isInteger(value)) return value >= tooSmall && value < tooLarge;
  return Number.isFinite(value);
}

/**
 * Numbers that OpenTelemetry's exporter of JSON writes so that protobuf's parser refuses the whole request: integers beyond
 * 64 bits are no `intValue`, and NaN is no `null` (seen in 0.223). A text takes their place until the request is written.
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
    if (this.#way === 'as text') return String(value);
    this.#isUsed = true;
    return `${this.#mark}${value}`;
  }

  /** The request with the numbers as doubles: those that are not finite as text, as protobuf's JSON has them. */
  #restore(request: Uint8Array): Uint8Array {
    if (!this.#isUsed) return request;
    this.#isUsed = false;
    const json = Buffer.from(request.buffer, request.byteOffset, request.byteLength).toString();
    const restored = json.replace(this.#marked, (_marked, number: string) => {
      return `{"doubleValue":${Number.isFinite(Number(number)) ? number : `"${number}"`}}`;
    });
    return Buffer.from(restored);
  }
}
