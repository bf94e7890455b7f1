import type { Context, Span } from '@opentelemetry/api';
import type { Call } from './call';
import { callKey, spanKey } from './context-keys';

/**
 * A Context inside a call, where the body has changed something: its call and its span beside the values around them. It
 * is flat, however long the chain of calls that led to it: what a nested call overrides is not kept below it.
 */
export class CallContext implements Context {
  /** What is neither the call nor the span. */
  readonly values: Context;
  readonly #call: Call;
  readonly #span: Span | undefined;

  constructor(values: Context, call: Call, span: Span | undefined) {
    this.values = values;
    this.#call = call;
    this.#span = span;
  }

  getValue(key: symbol): unknown {
    if (key === callKey) return this.#call;
    return key === spanKey ? this.#span : this.values.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    if (key === spanKey) return new CallContext(this.values, this.#call, value as Span | undefined);
    return new CallContext(this.values.setValue(key, value), this.#call, this.#span);
  }

  deleteValue(key: symbol): Context {
    return key === spanKey
      ? new CallContext(this.values, this.#call, undefined)
      : new CallContext(this.values.deleteValue(key), this.#call, this.#span);
  }
}

/**
 * A Context as it would be here had a call not been made in `around`: for code that is called from the inside but is not
 * part of the call. What the body has set, a span or a value, stays.
 */
export function contextOutside(here: Context, call: Call & Context, around: Context): Context {
  if (here === call) return around;
  if (!(here instanceof CallContext) || here.getValue(callKey) !== call) return here;
  const { values } = here;
  const span = here.getValue(spanKey) as Span | undefined;
  const isSpanOfBody = span !== call.getValue(spanKey);
  const callAround = around.getValue(callKey) as Call | undefined;
  if (callAround !== undefined) {
    return new CallContext(values, callAround, isSpanOfBody ? span : (around.getValue(spanKey) as Span | undefined));
  }
  if (!isSpanOfBody) return values;
  return span === undefined ? values.deleteValue(spanKey) : values.setValue(spanKey, span);
}
