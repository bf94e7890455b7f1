import type { AttributeValue } from '@opentelemetry/api';
import type { Call } from '../call/call';
import { errorTypeOf } from '../call/error-type';
import type { Outcome } from '../call/outcome';
import { spanAttributes, toAttributes } from './span-attributes';

/** What a span says of a call that has settled; it outlives the call, and holds nothing else of it. */
export class SettledFacts {
  readonly #attributes: Readonly<Record<string, unknown>> | undefined;
  readonly #storeId: string | undefined;
  readonly #item: string | undefined;
  readonly #user: string | undefined;
  readonly #errorType: string | undefined;
  readonly #auditId: string | undefined;
  readonly #outcome: Outcome;
  readonly #correlationId: string;

  constructor(call: Call) {
    this.#attributes = call.attributes;
    this.#storeId = call.storeId;
    this.#item = call.item;
    this.#user = call.user;
    this.#errorType = call.outcome === 'failure' ? errorTypeOf(call.error) : undefined;
    this.#auditId = call.target.operation.facets.audited === undefined ? undefined : call.auditId;
    this.#outcome = call.outcome as Outcome;
    this.#correlationId = call.correlationId;
  }

  /** One by one: a record of all of them would cost a span more than its attributes. */
  writeTo(write: (key: string, value: AttributeValue) => void): void {
    const { storeId, itemId, userId, outcome, auditId, correlationId, errorType } = spanAttributes;
    if (this.#attributes !== undefined) {
      const attributes = toAttributes(this.#attributes);
      for (const key of Object.keys(attributes)) write(key, attributes[key] as AttributeValue);
    }
    if (this.#storeId !== undefined) write(storeId, this.#storeId);
    if (this.#item !== undefined) write(itemId, this.#item);
    if (this.#user !== undefined) write(userId, this.#user);
    if (this.#errorType !== undefined) write(errorType, this.#errorType);
    if (this.#auditId !== undefined) write(auditId, this.#auditId);
    write(outcome, this.#outcome);
    write(correlationId, this.#correlationId);
  }
}
