import { container, type DependencyContainer } from 'tsyringe';
import type { BenchCase, Records } from './bench-case';
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

/** Which container the runtimes live in; `none` has no runtime in the whole process. */
export type Variant = 'children' | 'root' | 'none';

export const bare = 'bare';
export const off = 'decorated, no runtime';
const offHere = 'decorated, runtimes elsewhere only';
export const traced = 'traced';
export const allRecorded = 'all four, span recorded';
export const allUnsampled = 'all four, span not sampled';
export const withoutTracing = 'audit + timed + counted, no tracing';
export const handWritten = 'hand-written, span recorded';

const metrics = { counter: true, histogram: true } as const;
export const allFour = { ...metrics, audit: true, span: 'recorded' } as const;

/** The rows of the table, in its order; `ring` is how many audit events each of them keeps. */
export function makeCases(variant: Variant, ring: number): BenchCase[] {
  const reference = [
    unobservedCase({ name: bare, store: new BareStore() }),
    unobservedCase({ name: variant === 'none' ? off : offHere, store: new (allFourStore())() }),
  ];
  if (variant === 'none') return reference;
  if (variant === 'root') {
    // One container holds one runtime; the store of the row above would be part of it.
    return [
      unobservedCase({ name: bare, store: new BareStore() }),
      allFourCase(container, ring),
      handWrittenCase({ name: handWritten, span: 'recorded', ring }),
    ];
  }
  const observed = (name: string, records: Records, storeClass: OrderStoreClass): BenchCase =>
    observedCase({
      name,
      records,
      resolve: (within) => within.resolve(storeClass),
      ring,
      within: container.createChildContainer(),
    });
  return [
    ...reference,
    observed('audited', { audit: true }, auditedStore()),
    observed(traced, { span: 'recorded' }, tracedStore()),
    observed('timed', { histogram: true }, timedStore()),
    observed('counted', { counter: true }, countedStore()),
    observed(allRecorded, allFour, allFourStore()),
    observed(allUnsampled, { ...allFour, span: 'unsampled' }, allFourStore()),
    observed(withoutTracing, { ...metrics, audit: true }, untracedStore()),
    handWrittenCase({ name: handWritten, span: 'recorded', ring }),
    handWrittenCase({ name: 'hand-written, span not sampled', span: 'unsampled', ring }),
    handWrittenCase({ name: 'hand-written, no tracing', span: undefined, ring }),
  ];
}

/** The case that is held against the others everywhere. */
export function allFourCase(within: DependencyContainer, ring: number): BenchCase {
  const storeClass = allFourStore();
  return observedCase({
    name: allRecorded,
    records: allFour,
    resolve: (from) => from.resolve(storeClass),
    ring,
    within,
  });
}
