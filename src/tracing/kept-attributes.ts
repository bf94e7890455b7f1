import { diag, type Attributes } from '@opentelemetry/api';
import { cutValue } from './attribute-limits';

/** How much a recorded span keeps; by OpenTelemetry's specification, unless it is told otherwise. */
export interface SpanLimits {
  readonly attributeValueLength: number;
  readonly attributeCount: number;
  readonly eventCount: number;
  readonly linkCount: number;
  readonly eventAttributeCount: number;
  readonly linkAttributeCount: number;
}

/** The limits of OpenTelemetry's specification. */
export const defaultSpanLimits: SpanLimits = Object.freeze({
  attributeValueLength: Infinity,
  attributeCount: 128,
  eventCount: 128,
  linkCount: 128,
  eventAttributeCount: 128,
  linkAttributeCount: 128,
});

/**
 * Sets an attribute as OpenTelemetry's SDK does: without a name or a value that its API knows, nothing is set.
 *
 * @returns whether it is within the limit
 */
export function keepAttribute(attributes: Attributes, key: unknown, value: unknown, limits: SpanLimits): boolean {
  if (value === null || value === undefined) return true;
  if (typeof key !== 'string' || key === '') {
    diag.warn(`Invalid attribute key: ${String(key)}`);
    return true;
  }
  if (!isAttributeValue(value)) {
    diag.warn(`Invalid attribute value set for key: ${key}`);
    return true;
  }
  if (!Object.hasOwn(attributes, key) && Object.keys(attributes).length >= limits.attributeCount) return false;
  const copied = (Array.isArray(value) ? [...(value as unknown[])] : value) as Attributes[string];
  attributes[key] = cutValue(copied, limits.attributeValueLength);
  return true;
}

/** A copy of the attributes of an event or a link, in the same way, and how many of them were too many. */
export function keptAttributes(
  given: unknown,
  limits: SpanLimits,
  attributeCount: number,
): { attributes: Attributes; dropped: number } {
  const attributes: Attributes = {};
  if (typeof given !== 'object' || given === null) return { attributes, dropped: 0 };
  const ofParts = { ...limits, attributeCount };
  const left = Object.entries(given).filter(([key, value]) => !keepAttribute(attributes, key, value, ofParts));
  return { attributes, dropped: left.length };
}

/** A text, number or truth value, or a list of one kind of them, with gaps. */
function isAttributeValue(value: unknown): boolean {
  if (!Array.isArray(value)) return isPrimitive(value);
  const items = (value as readonly unknown[]).filter((item) => item !== null && item !== undefined);
  return items.every((item) => isPrimitive(item) && typeof item === typeof items[0]);
}

function isPrimitive(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
