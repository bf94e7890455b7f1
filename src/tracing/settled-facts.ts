import type { AttributeValue } from '@opentelemetry/api';
import type { Call } from '../call/call';
import { errorTypeOf } from '../call/error-type';
import type { Outcome } from '../call/outcome';
import { spanAttributes, toAttributes } from './span-attributes';

/** How many attributes the facts of a call are at most, besides those of its selectors and its body. */
export const factsCount = 7;

/** What a span says of a call that has settled. */
export interface SettledFacts {
  readonly attributes: Readonly<Record<string, unknown>> | undefined;
  readonly storeId: string | undefined;
  readonly item: string | undefined;
  readonly user: string | undefined;
  readonly errorType: string | undefined;
  readonly auditId: string | undefined;
  readonly outcome: Outcome;
  readonly correlationId: string;
}

/** Reads them off the call, which lets go of its error. */
export function settledFactsOf(call: Call): SettledFacts {
  return {
    attributes: call.attributes,
    storeId: call.storeId,
    item: call.item,
    user: call.user,
    errorType: call.outcome === 'failure' ? errorTypeOf(call.error) : undefined,
    auditId: call.target.operation.facets.audited === undefined ? undefined : call.auditId,
    outcome: call.outcome as Outcome,
    correlationId: call.correlationId,
  };
}

/** One by one: a record of all of them would cost a span more than its attributes. */
export function writeFacts(facts: SettledFacts, write: (key: string, value: AttributeValue) => void): void {
  if (facts.attributes !== undefined) {
    const attributes = toAttributes(facts.attributes);
    for (const key of Object.keys(attributes)) write(key, attributes[key] as AttributeValue);
  }
  if (facts.storeId !== undefined) write(spanAttributes.storeId, facts.storeId);
  if (facts.item !== undefined) write(spanAttributes.itemId, facts.item);
  if (facts.user !== undefined) write(spanAttributes.userId, facts.user);
  if (facts.errorType !== undefined) write(spanAttributes.errorType, facts.errorType);
  if (facts.auditId !== undefined) write(spanAttributes.auditId, facts.auditId);
  write(spanAttributes.outcome, facts.outcome);
  write(spanAttributes.correlationId, facts.correlationId);
}
