import { makeCalls, methodsOf, type BenchCase, type Method, type Recorded } from './bench-case';
import { probe } from './probe';

/** How many calls a pass makes. */
export const callsPerCheck = 1_000;

/** Passes over all that the cases have; what they left out, in words. */
export async function problemsOf(cases: readonly BenchCase[]): Promise<string[]> {
  const problems: string[] = [];
  for (const benchCase of cases) {
    for (const method of methodsOf(benchCase)) {
      const found = await checkRecords(benchCase, method);
      if (found.length > 0) problems.push(`${benchCase.name} (${method}): ${found.join('; ')}`);
    }
  }
  return problems;
}

/** Runs a pass apart from the clock, in which the bodies look at their active span, and counts what it left behind. */
async function checkRecords(benchCase: BenchCase, method: Method): Promise<string[]> {
  await benchCase.drain?.();
  await benchCase.reset();
  probe.start();
  await makeCalls(benchCase, method, callsPerCheck);
  const bodies = probe.stop();
  const recorded = await benchCase.recorded(method);
  return [...mismatches(benchCase, bodies, recorded)];
}

function* mismatches(
  { records }: BenchCase,
  bodies: readonly (string | undefined)[],
  { counter, histogram, auditSpanIds, exportedSpanIds }: Recorded,
): Generator<string> {
  yield* differs('bodies', bodies.length, callsPerCheck);
  yield* differs('counter', counter, records.counter ? callsPerCheck : 0);
  yield* differs('histogram', histogram, records.histogram ? callsPerCheck : 0);
  yield* differs('audit events', auditSpanIds.length, records.audit ? callsPerCheck : 0);
  yield* differs('exported spans', exportedSpanIds.length, records.span === 'recorded' ? callsPerCheck : 0);
  const active = bodies.filter((spanId) => spanId !== undefined);
  yield* differs('bodies with an active span', active.length, records.span === undefined ? 0 : callsPerCheck);
  yield* differs('span ids', new Set(active).size, active.length);
  if (records.audit && records.span !== undefined) {
    yield* differs('audit events with the id of their span', matching(auditSpanIds, bodies), callsPerCheck);
  }
  if (records.span === 'recorded') {
    yield* differs('exported spans that were active in their body', matching(exportedSpanIds, bodies), callsPerCheck);
  }
}

function matching(ids: readonly (string | undefined)[], bodies: readonly (string | undefined)[]): number {
  return ids.filter((id, index) => id === bodies[index]).length;
}

function* differs(what: string, actual: number, expected: number): Generator<string> {
  if (actual !== expected) yield `${what}: expected ${expected}, got ${actual}`;
}
