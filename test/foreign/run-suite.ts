import { join } from 'node:path';
import { compileProgram, runProgram, type Program } from '../runtime/run-program';
import type { Recorded } from './recording';
import type { TestResult } from './test-result';

/** What a program of `programs/` prints: how a suite went, and what was recorded of it, where a runtime was running. */
export interface SuiteReport extends Partial<Recorded> {
  /** How many methods were decorated, or would have been. */
  readonly methods: number;
  readonly results: readonly TestResult[];
}

/** A suite of `programs/`, bundled with trefoil's sources. */
export function compileSuite(name: string): Program {
  return compileProgram(name, { programs: join(__dirname, 'programs') });
}

/** Runs a suite to its end in a process of its own, where classes may be decorated in place. */
export async function runSuite(program: Program, ...args: readonly string[]): Promise<SuiteReport> {
  const { code, lines, errors } = await runProgram(program, args);
  if (code !== 0 || lines.length !== 1) throw new Error(`The suite ended with ${code}: ${lines.join('\n')}${errors}`);
  return JSON.parse(String(lines[0])) as SuiteReport;
}

/** How many tests and assertions there were, and which tests failed. */
export function summaryOf({ results }: SuiteReport): { tests: number; assertions: number; failed: string[] } {
  return {
    tests: results.length,
    assertions: results.reduce((sum, { assertions }) => sum + assertions, 0),
    failed: results.filter(({ failures }) => failures.length > 0).map(({ name }) => name),
  };
}
