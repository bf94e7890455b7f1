import {
  propagation,
  trace,
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api';
import type * as Core from '@opentelemetry/core';
import type * as B3 from '@opentelemetry/propagator-b3';
import type * as Jaeger from '@opentelemetry/propagator-jaeger';
import type { TrefoilError } from '../errors';
import { peerError } from '../optional-peer';
import { writableBaggage } from './bounded-baggage';
import { reportPropagation } from './propagation-report';
import { soundSpanContext } from './span-context';
import { TraceContextPropagator } from './trace-context-propagator';

/** The formats of headers, by the names that `OTEL_PROPAGATORS` has for them. */
export const propagatorNames = ['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger'] as const;

/** A format in which a context is written to headers, and read from them. */
export type PropagatorName = (typeof propagatorNames)[number];

/** What stands in for several propagators, and why some of those that were asked for are missing. */
export interface BuiltPropagator {
  /** `undefined` where none is asked for, or none could be loaded. */
  readonly propagator: TextMapPropagator | undefined;
  readonly errors: readonly TrefoilError[];
}

/** Makes one propagator of those named; `b3` and `jaeger` are in packages of their own. */
export function buildPropagator(names: readonly PropagatorName[]): BuiltPropagator {
  const [members, errors]: [TextMapPropagator[], TrefoilError[]] = [[], []];
  for (const name of new Set(names)) {
    try {
      members.push(load(name));
    } catch (error) {
      errors.push(error as TrefoilError);
    }
  }
  return { propagator: members.length === 0 ? undefined : new CompositePropagator(members), errors };
}

/** Writes every format and reads every one; of those that find a span, the last counts. One that throws is reported. */
class CompositePropagator implements TextMapPropagator {
  readonly #members: readonly TextMapPropagator[];

  constructor(members: readonly TextMapPropagator[]) {
    this.#members = members;
  }

  inject(within: Context, carrier: unknown, setter: TextMapSetter): void {
    const written = withWritableBaggage(within);
    for (const member of this.#members) {
      try {
        member.inject(written, carrier, setter);
      } catch (error) {
        reportPropagation('inject', error);
      }
    }
  }

  extract(within: Context, carrier: unknown, getter: TextMapGetter): Context {
    return this.#members.reduce((extracted, member) => {
      try {
        return withSoundSpan(member.extract(extracted, carrier, getter), extracted);
      } catch (error) {
        reportPropagation('extract', error);
        return extracted;
      }
    }, within);
  }

  fields(): string[] {
    return [...new Set(this.#members.flatMap((member) => member.fields()))];
  }
}

/** The propagators write all entries or none, where one of them cannot be written. What is left out is reported. */
function withWritableBaggage(within: Context): Context {
  const baggage = propagation.getBaggage(within);
  if (baggage === undefined) return within;
  try {
    const writable = writableBaggage(baggage);
    if (writable === baggage) return within;
    const count = baggage.getAllEntries().length - writable.getAllEntries().length;
    reportPropagation('inject', new TypeError(`${count} entries of the baggage cannot be written to a header`));
    return propagation.setBaggage(within, writable);
  } catch (error) {
    reportPropagation('inject', error);
    return propagation.deleteBaggage(within);
  }
}

/** Not every propagator looks at the ids that it is given: Jaeger's takes any text. What is no id must not hide one that is. */
function withSoundSpan(extracted: Context, before: Context): Context {
  const spanContext = trace.getSpanContext(extracted);
  if (spanContext === undefined || soundSpanContext(spanContext) !== undefined) return extracted;
  const span = trace.getSpan(before);
  return span === undefined ? trace.deleteSpan(extracted) : trace.setSpan(extracted, span);
}

function load(name: PropagatorName): TextMapPropagator {
  switch (name) {
    case 'tracecontext':
      return new TraceContextPropagator(loadCore().isTracingSuppressed);
    case 'baggage':
      return new (loadCore().W3CBaggagePropagator)();
    case 'b3':
      return new (loadB3().B3Propagator)();
    case 'b3multi': {
      const { B3InjectEncoding, B3Propagator } = loadB3();
      return new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER });
    }
    case 'jaeger':
      return new (loadJaeger().JaegerPropagator)();
  }
}

function loadCore(): typeof Core {
  return require('@opentelemetry/core') as typeof Core;
}

function loadB3(): typeof B3 {
  try {
    return require('@opentelemetry/propagator-b3') as typeof B3;
  } catch (error) {
    throw peerError('@opentelemetry/propagator-b3', 'tracing.propagators "b3" and "b3multi"', error);
  }
}

function loadJaeger(): typeof Jaeger {
  try {
    return require('@opentelemetry/propagator-jaeger') as typeof Jaeger;
  } catch (error) {
    throw peerError('@opentelemetry/propagator-jaeger', 'tracing.propagators "jaeger"', error);
  }
}
