import type * as Core from '@opentelemetry/core';
import type * as Sdk from '@opentelemetry/sdk-trace-node';
import type { AttributeLimits } from './attribute-limits';
import { defaultCount } from './call-span-sink';
import type { OpenTelemetryTracerOptions } from './tracer-options';

/** What is not given is the SDK's to decide. */
export function sdkLimitsOf({ limits = {} }: OpenTelemetryTracerOptions): Sdk.SpanLimits {
  const { attributeValueLength, attributeCount, eventCount, linkCount } = limits;
  const { eventAttributeCount, linkAttributeCount } = limits;
  return {
    ...(attributeValueLength === undefined ? {} : { attributeValueLengthLimit: attributeValueLength }),
    ...(attributeCount === undefined ? {} : { attributeCountLimit: attributeCount }),
    ...(eventCount === undefined ? {} : { eventCountLimit: eventCount }),
    ...(linkCount === undefined ? {} : { linkCountLimit: linkCount }),
    ...(eventAttributeCount === undefined ? {} : { attributePerEventCountLimit: eventAttributeCount }),
    ...(linkAttributeCount === undefined ? {} : { attributePerLinkCountLimit: linkAttributeCount }),
  };
}

/** As the SDK decides it for its own spans, by the variables that it reads. */
export function attributeLimitsOf({ limits = {} }: OpenTelemetryTracerOptions): AttributeLimits {
  const { getNumberFromEnv } = require('@opentelemetry/core') as typeof Core;
  const read = (what: string): number | undefined =>
    getNumberFromEnv(`OTEL_SPAN_ATTRIBUTE_${what}`) ?? getNumberFromEnv(`OTEL_ATTRIBUTE_${what}`);
  const valueLength = limits.attributeValueLength ?? read('VALUE_LENGTH_LIMIT') ?? Infinity;
  return {
    count: Math.max(0, limits.attributeCount ?? read('COUNT_LIMIT') ?? defaultCount),
    // To the SDK, nothing is left to cut by a limit that is not above zero.
    valueLength: valueLength > 0 ? valueLength : Infinity,
  };
}
