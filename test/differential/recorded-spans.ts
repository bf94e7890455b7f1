import { SpanStatusCode } from '@opentelemetry/api';
import type { InMemorySpan } from '../../src/index';
import { expectedOf, looksAtResult, type Expected } from './expected-outcome';
import type { RandomCase, RandomMethod } from './random-case';
import { ownThenKinds } from './features';
import { correlationOf, wrong } from './recorded-outcome';
import { isGeneratorFunction, isLazy, wrappersOf } from './wrappers';
import type { Strand, World } from './world';

/**
 * What is wrong with the spans of a strand: how they ended, whether those of an inner wrapper are children of those of an
 * outer one, and whether the outermost are children of a span of what made the call.
 *
 * @param wanted what each wrapper that traces has to record, the outermost first
 */
export function wrongSpans(
  world: World,
  strand: Strand,
  spans: readonly InMemorySpan[],
  wanted: readonly (readonly Expected[])[],
  random: RandomCase,
): string | undefined {
  const id = correlationOf(world, strand);
  const own = spans.filter((span) => span.attributes['correlation.id'] === id);
  const found = wrong(
    `spans of ${strand.name}`,
    wanted.flat().map(({ status }) => (status === 'failure' ? 'failure ERROR' : status)),
    own.map(describeSpan),
  );
  if (found !== undefined || own.length === 0) return found;
  const ids = new Map(spans.map((span) => [span.spanContext().spanId, span.attributes['correlation.id'] as string]));
  const parents = own.map(({ parentSpanId }) => (parentSpanId === undefined ? undefined : ids.get(parentSpanId)));
  return (
    wrongNesting(strand, random, parents.filter((parent) => parent === id).length, wanted) ??
    wrongParent(world, strand, random, own, parents)
  );
}

/** The spans of each wrapper but the outermost are children of those of the wrapper around it. */
function wrongNesting(
  strand: Strand,
  random: RandomCase,
  nested: number,
  wanted: readonly (readonly Expected[])[],
): string | undefined {
  const [outermost, ...inner] = wanted;
  if (isMixed(strand, random) || inner.some(({ length }) => length !== outermost?.length)) return undefined;
  return wrong(`nested spans of ${strand.name}`, [String(inner.flat().length)], [String(nested)]);
}

function wrongParent(
  world: World,
  strand: Strand,
  random: RandomCase,
  own: readonly InMemorySpan[],
  parents: readonly (string | undefined)[],
): string | undefined {
  let { caller } = strand;
  while (caller !== undefined && caller.sibling === undefined && !isTraced(caller, random)) caller = caller.caller;
  // Whoever calls a sibling is inside of one wrapper or of two; and what it calls may not have ended yet.
  if (caller !== undefined && (caller.seen === undefined || caller.sibling !== undefined)) return undefined;
  const parent = caller === undefined ? undefined : correlationOf(world, caller);
  const isBeforeRun = isMixed(strand, random) || (caller !== undefined && runsLater(caller.method as RandomMethod));
  for (const [index, { parentSpanId }] of own.entries()) {
    const of = parents[index];
    if (isBeforeRun && of === undefined && parentSpanId !== undefined) continue;
    if (of !== parent && of !== correlationOf(world, strand)) {
      return `recorded, parent of ${strand.name}: "${parent ?? 'none'}" became "${of ?? parentSpanId ?? 'none'}"`;
    }
  }
  return undefined;
}

/** Whether some wrappers begin a call with the method, and others with each run of what it gave: those do not nest. */
function isMixed(strand: Strand, random: RandomCase): boolean {
  const all = expectedOf(strand, random) ?? [];
  return all.some(({ isAtReturn }) => isAtReturn) || new Set(all.map(({ isAnnounced }) => isAnnounced)).size > 1;
}

/** Whether the body of what a strand calls runs inside of a span; that of a generator may run after a call is over. */
function isTraced({ method }: Strand, random: RandomCase): boolean {
  if (method === undefined) return false;
  return wrappersOf(method, random).some((wrapper) => {
    const isOver = wrapper.option === 'same' && isGeneratorFunction(method) && looksAtResult(method, wrapper);
    return wrapper.option !== 'when not' && wrapper.pillars.has('Traced') && !isOver;
  });
}

/** What the method itself calls before it returns a lazy result: no run of that has begun, and the parent is none of them. */
function runsLater(method: RandomMethod): boolean {
  return ownThenKinds.includes(method.kind) || (isLazy(method) && !isGeneratorFunction(method));
}

function describeSpan({ attributes, status }: InMemorySpan): string {
  return `${String(attributes['store.outcome'])}${status.code === SpanStatusCode.ERROR ? ' ERROR' : ''}`;
}
