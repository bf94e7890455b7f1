import type { Attributes, Span, SpanKind } from '@opentelemetry/api';
import type * as Sdk from '@opentelemetry/sdk-trace-node';
import type { AttributeLimits } from './attribute-limits';

/** What all spans of one method have in common. */
export interface CallSpanSource {
  readonly kind: SpanKind;
  readonly attributes: Attributes;
}

/** A span of the SDK that goes nowhere. */
export type DetachedSpan = Span & Sdk.ReadableSpan;

/** Where the spans of calls come from and go to. */
export interface CallSpanSink {
  readonly resource: Sdk.ReadableSpan['resource'];
  readonly instrumentationScope: Sdk.ReadableSpan['instrumentationScope'];
  readonly processors: readonly Sdk.SpanProcessor[];
  /** Those of them that are told before a span has ended, and may still add to it. */
  readonly endingProcessors: readonly EndingProcessor[];
  readonly limits: AttributeLimits;
  /** For what else is said of a call's span, to be kept within the SDK's limits. */
  startDetached(): DetachedSpan;
}

/** A span processor that has `onEnding`. */
export type EndingProcessor = Sdk.SpanProcessor & Required<Pick<Sdk.SpanProcessor, 'onEnding'>>;

/** Of attributes, by OpenTelemetry's specification. */
export const defaultCount = 128;
