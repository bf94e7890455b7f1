import type { Attributes, AttributeValue } from '@opentelemetry/api';

/** How much of its attributes a span keeps. */
export interface AttributeLimits {
  readonly valueLength: number;
  readonly count: number;
}

/**
 * Cuts attributes to what the limits allow. What the span says of its call stays before what the body has added, which
 * goes from its end.
 *
 * @param given what the body and its selectors have added, oldest first
 */
export function limitAttributes(
  attributes: Attributes,
  given: readonly (object | undefined)[],
  limits: AttributeLimits,
): Attributes {
  const names = Object.keys(attributes);
  if (limits.valueLength !== Infinity) {
    for (const name of names) attributes[name] = cutValue(attributes[name], limits.valueLength);
  }
  if (names.length <= limits.count) return attributes;
  const added = given.flatMap((record) => Object.keys(record ?? {}));
  const own = names.filter((name) => !added.includes(name));
  const kept = [...own, ...added.filter((name) => name in attributes)].slice(0, limits.count);
  return Object.fromEntries(kept.map((name) => [name, attributes[name]]));
}

/** The value with each of its texts cut to a length. */
export function cutValue(value: AttributeValue | undefined, length: number): AttributeValue | undefined {
  if (typeof value === 'string') return value.length > length ? value.slice(0, length) : value;
  if (!Array.isArray(value)) return value;
  return (value as unknown[]).map((item) => (typeof item === 'string' ? item.slice(0, length) : item)) as string[];
}

/** How many entries a record has, without a list of the names, which would be thrown away at once. */
export function sizeOf(record: object | undefined): number {
  let size = 0;
  for (const name in record) if (Object.hasOwn(record, name)) size += 1;
  return size;
}
