import { cpus } from 'node:os';
import { allRecorded, allUnsampled, bare, handWritten, off, withoutTracing, type Variant } from './cases';
import type { Check } from './check-records';
import { ratio, type Measured, type Method } from './measure';

/** A goal of the design, beside what was measured. */
interface Goal {
  readonly case: string;
  readonly goal: string;
  readonly measured: number;
  readonly unit: 'ratio' | 'ns';
  readonly isMet: boolean;
}

/** What is printed and written. */
export interface Report {
  readonly variant: Variant;
  readonly date: string;
  readonly machine: { readonly node: string; readonly cpu: string; readonly cpus: number };
  readonly cases: readonly {
    readonly name: string;
    readonly method: Method;
    readonly nsPerCall: number;
    readonly callsPerBatch: number;
    readonly rounds: number;
    readonly toBare: number;
    readonly toHandWritten: number | undefined;
  }[];
  readonly goals: readonly Goal[];
  readonly checks: readonly Check[];
}

const rounded = (value: number): number => Number(value.toPrecision(4));

export function makeReport(variant: Variant, measured: readonly Measured[], checks: readonly Check[]): Report {
  const find = (name: string, method: Method): Measured | undefined =>
    measured.find((one) => one.name === name && one.method === method);
  return {
    variant,
    date: new Date().toISOString(),
    machine: { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cpus: cpus().length },
    cases: measured.map((one) => {
      const byHand = find(handWritten, one.method);
      return {
        name: one.name,
        method: one.method,
        nsPerCall: rounded(one.nsPerCall),
        callsPerBatch: one.callsPerBatch,
        rounds: one.rounds.length,
        toBare: rounded(ratio(one, find(bare, one.method) ?? one)),
        toHandWritten: byHand === undefined ? undefined : rounded(ratio(one, byHand)),
      };
    }),
    goals: [...goals(find)],
    checks,
  };
}

function* goals(find: (name: string, method: Method) => Measured | undefined): Generator<Goal> {
  const atMost = (name: string, reference: string, goal: number, of: string): Goal[] => {
    const [one, other] = [find(name, 'get'), find(reference, 'get')];
    if (one === undefined || other === undefined) return [];
    const measured = rounded(ratio(one, other));
    return [{ case: name, goal: `<= ${goal.toFixed(2)} x ${of}`, measured, unit: 'ratio', isMet: measured <= goal }];
  };
  yield* atMost(allRecorded, handWritten, 0.5, 'hand-written');
  yield* atMost(allUnsampled, handWritten, 0.4, 'hand-written');
  yield* atMost(withoutTracing, handWritten, 0.2, 'hand-written');
  yield* atMost(off, bare, 1.05, 'bare (async)');
  const [one, other] = [find(off, 'read'), find(bare, 'read')];
  if (one === undefined || other === undefined) return;
  const measured = rounded(one.nsPerCall - other.nsPerCall);
  yield { case: off, goal: '<= bare + 5 ns (sync)', measured, unit: 'ns', isMet: measured <= 5 };
}

/** The report as people read it. */
export function renderReport({ machine, cases, goals: goalsOf, checks }: Report): string {
  const lines = [`Node ${machine.node}, ${machine.cpu} x ${machine.cpus}`, ''];
  lines.push(row('case', 'method', 'ns/call', '/ bare', '/ hand-written'));
  for (const { name, method, nsPerCall, toBare, toHandWritten } of cases) {
    const label = method === 'get' ? 'async' : 'sync';
    lines.push(row(name, label, nsPerCall.toFixed(1), toBare.toFixed(2), toHandWritten?.toFixed(3) ?? ''));
  }
  if (goalsOf.length > 0) lines.push('', 'Goals of the design:');
  for (const { case: name, goal, measured, unit, isMet } of goalsOf) {
    const value = unit === 'ratio' ? measured.toFixed(3) : `+${measured.toFixed(1)} ns`;
    lines.push(`  ${isMet ? 'met   ' : 'missed'}  ${name.padEnd(36)} ${goal.padEnd(24)} measured ${value}`);
  }
  const failed = checks.filter(({ mismatches }) => mismatches.length > 0);
  lines.push('', `Nothing left out: ${checks.length - failed.length} of ${checks.length} passes complete.`);
  for (const { name, method, mismatches } of failed) lines.push(`  ${name} (${method}): ${mismatches.join('; ')}`);
  return lines.join('\n');
}

function row(name: string, method: string, ...values: string[]): string {
  return `${name.padEnd(38)}${method.padEnd(7)}${values.map((value) => value.padStart(10)).join('  ')}`;
}
