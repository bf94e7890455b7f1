import type { Attributes, AttributeValue } from '@opentelemetry/api';

/**
 * Names of span attributes. `code.function.name`, `error.type` and `enduser.id` are OpenTelemetry's semantic
 * conventions (1.3x); `store.*`, `item.id` and the ids are trefoil's own.
 */
export const spanAttributes = {
  functionName: 'code.function.name',
  errorType: 'error.type',
  userId: 'enduser.id',
  storeName: 'store.name',
  storeType: 'store.type',
  storeId: 'store.id',
  operation: 'store.operation',
  outcome: 'store.outcome',
  itemId: 'item.id',
  auditId: 'audit.id',
  correlationId: 'correlation.id',
} as const;

/** The event on the span of a call under which one operation was called too often. */
export const repeatedCallsEvent = 'store.repeated_calls';

/** Values as OpenTelemetry takes them: primitives and arrays of one kind as they are, the rest as JSON. */
export function toAttributes(values: Readonly<Record<string, unknown>>): Attributes {
  const attributes: Attributes = {};
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined && value !== null) attributes[key] = toAttributeValue(value);
  }
  return attributes;
}

function toAttributeValue(value: unknown): AttributeValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  return JSON.stringify(value) ?? String(value);
}
