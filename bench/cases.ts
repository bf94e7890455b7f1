import { container, type DependencyContainer } from 'tsyringe';
import type { BenchCase, Records } from './bench-case';
import { ownTracing, sdkTracing, type CaseTracing } from './case-tracing';
import { handWrittenCase } from './hand-written-case';
import { observedCase, unobservedCase } from './observed-case';
import {
  allFourStore,
  auditedStore,
  BareStore,
  countedStore,
  timedStore,
  tracedStore,
  untracedStore,
  type OrderStoreClass,
} from './stores';

export const bare = 'bare';
export const allRecorded = 'all four, span recorded';
export const allUnsampled = 'all four, span not sampled';
export const withoutTracing = 'audit + timed + counted, no tracing';
export const handWritten = 'hand-written, span recorded';
export const allRead = 'all four, span recorded and read';
export const handWrittenRead = 'hand-written, span recorded and read';
const sdkRecorded = "all four, the SDK's tracer";
const handWrittenUnsampled = 'hand-written, span not sampled';
const handWrittenUntraced = 'hand-written, no tracing';

/** The hand-written case that does the same work as another one; there is none for those that record nothing. */
export const equalWork: Readonly<Record<string, string>> = {
  audited: 'hand-written, audit',
  traced: 'hand-written, span',
  timed: 'hand-written, timer',
  counted: 'hand-written, counter',
  [allRecorded]: handWritten,
  [allRead]: handWrittenRead,
  [sdkRecorded]: handWritten,
  [allUnsampled]: handWrittenUnsampled,
  [withoutTracing]: handWrittenUntraced,
};

const metrics = { counter: true, histogram: true } as const;
export const allFour = { ...metrics, audit: true, span: 'recorded' } as const;

/** The rows of the table, in its order; `ring` is how many audit events each of them keeps. */
export function makeCases(ring: number): BenchCase[] {
  const observed = (name: string, records: Records, storeClass: OrderStoreClass): BenchCase =>
    observedCase({
      name,
      records,
      resolve: (within) => within.resolve(storeClass),
      ring,
      within: container.createChildContainer(),
    });
  return [
    unobservedCase({ name: bare, store: new BareStore() }),
    unobservedCase({ name: 'decorated, runtimes elsewhere only', store: new (allFourStore())() }),
    observed('audited', { audit: true }, auditedStore()),
    observed('traced', { span: 'recorded' }, tracedStore()),
    observed('timed', { histogram: true }, timedStore()),
    observed('counted', { counter: true }, countedStore()),
    allFourCase(container.createChildContainer(), ring),
    allFourCase(container.createChildContainer(), ring, {
      name: allRead,
      tracing: ownTracing('recorded', { isRead: true }),
    }),
    allFourCase(container.createChildContainer(), ring, {
      name: sdkRecorded,
      tracing: sdkTracing('recorded'),
    }),
    observed(allUnsampled, { ...allFour, span: 'unsampled' }, allFourStore()),
    untracedCase(container.createChildContainer(), ring),
    handWrittenCase({ name: handWritten, span: 'recorded', ring }),
    handWrittenCase({ name: handWrittenRead, span: 'recorded', isRead: true, ring }),
    handWrittenCase({ name: handWrittenUnsampled, span: 'unsampled', ring }),
    handWrittenCase({ name: handWrittenUntraced, span: undefined, ring }),
    handWrittenCase({ name: 'hand-written, audit', part: 'audit', span: undefined, ring }),
    handWrittenCase({ name: 'hand-written, span', part: 'span', span: 'recorded', ring }),
    handWrittenCase({ name: 'hand-written, timer', part: 'timer', span: undefined, ring }),
    handWrittenCase({ name: 'hand-written, counter', part: 'counter', span: undefined, ring }),
  ];
}

/** One runtime, in the root container. */
export function makeRootCases(ring: number): BenchCase[] {
  return [
    unobservedCase({ name: bare, store: new BareStore() }),
    allFourCase(container, ring),
    handWrittenCase({ name: handWritten, span: 'recorded', ring }),
  ];
}

/** The same without `@Traced`. */
export function untracedCase(within: DependencyContainer, ring: number): BenchCase {
  const storeClass = untracedStore();
  return observedCase({
    name: withoutTracing,
    records: { ...metrics, audit: true },
    resolve: (from) => from.resolve(storeClass),
    ring,
    within,
  });
}

/** The case that is held against the others everywhere. */
export function allFourCase(
  within: DependencyContainer,
  ring: number,
  { name = allRecorded, tracing }: { readonly name?: string; readonly tracing?: CaseTracing | undefined } = {},
): BenchCase {
  const storeClass = allFourStore();
  return observedCase({
    name,
    tracing,
    records: allFour,
    resolve: (from) => from.resolve(storeClass),
    ring,
    within,
  });
}
