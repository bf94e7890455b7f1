import type { Attributes } from '@opentelemetry/api';
import type { CallSpanSink, DetachedSpan } from './call-span-sink';
import { writeFacts, type SettledFacts } from './settled-facts';

/** Writes the facts of a call into the attributes of its span: a fact wins over what the body said. */
export function writeOut(facts: SettledFacts, own: Attributes, said: DetachedSpan | undefined): void {
  writeFacts(facts, (key, value) => {
    if (said !== undefined && Object.hasOwn(said.attributes, key)) said.setAttribute(key, value);
    own[key] = value;
  });
}

/** Replaces attributes of a span's own, which have a place however many the body has set; gives the others. */
export function replaceOwn(
  own: Attributes,
  given: Attributes,
  said: DetachedSpan | undefined,
  sink: Pick<CallSpanSink, 'startDetached'>,
): Attributes {
  const isOwn = (key: string): boolean => Object.hasOwn(own, key) && !Object.hasOwn(said?.attributes ?? {}, key);
  const entries = Object.entries(given);
  const replaced = Object.fromEntries(entries.filter(([key]) => isOwn(key)));
  const others = Object.fromEntries(entries.filter(([key]) => !isOwn(key)));
  const checked = sink.startDetached();
  checked.setAttributes(replaced);
  Object.assign(own, checked.attributes);
  return others;
}
