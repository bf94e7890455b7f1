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
