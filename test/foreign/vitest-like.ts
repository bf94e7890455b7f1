import { isDeepStrictEqual } from 'node:util';
import type { TestResult } from './test-result';

interface Matchers {
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
  toBeTruthy(): void;
  toBeFalsy(): void;
  toBeUndefined(): void;
  toBeDefined(): void;
  toBeNull(): void;
}

interface VitestContext {
  readonly expect: ((given: unknown) => Matchers) & { assertions(count: number): void };
}

type Hook = () => unknown;
type Body = (context: VitestContext) => unknown;

/** The part of vitest's interface that keyv's suite calls. As in one file of vitest, hooks are for every test. */
export class VitestLike {
  readonly #before: Hook[] = [];
  readonly #after: Hook[] = [];
  readonly #tests: { readonly name: string; readonly body: Body }[] = [];

  beforeEach(hook: Hook): void {
    this.#before.push(hook);
  }

  afterEach(hook: Hook): void {
    this.#after.push(hook);
  }

  it(name: string, body: Body): void {
    this.#tests.push({ name, body });
  }

  async run(): Promise<TestResult[]> {
    const results: TestResult[] = [];
    for (const { name, body } of this.#tests) {
      const result: TestResult = { name, assertions: 0, failures: [] };
      const context = contextOf(result);
      try {
        for (const hook of this.#before) await hook();
        await body(context);
        for (const hook of this.#after) await hook();
      } catch (error) {
        result.failures.push(error instanceof Error ? String(error.stack) : `threw ${String(error)}`);
      }
      context.verify();
      results.push(result);
    }
    return results;
  }
}

function contextOf(result: TestResult): VitestContext & { verify(): void } {
  let planned: number | undefined;
  const assert = (holds: boolean, expectation: string): void => {
    result.assertions += 1;
    if (!holds) result.failures.push(expectation);
  };
  const expect = (given: unknown): Matchers => ({
    toBe: (expected) => assert(Object.is(given, expected), `${String(given)} is ${String(expected)}`),
    toEqual: (expected) => assert(isDeepStrictEqual(given, expected), `${String(given)} equals ${String(expected)}`),
    toBeTruthy: () => assert(Boolean(given), `${String(given)} is truthy`),
    toBeFalsy: () => assert(!given, `${String(given)} is falsy`),
    toBeUndefined: () => assert(given === undefined, `${String(given)} is undefined`),
    toBeDefined: () => assert(given !== undefined, 'is defined'),
    toBeNull: () => assert(given === null, `${String(given)} is null`),
  });
  return {
    expect: Object.assign(expect, { assertions: (count: number) => void (planned = count) }),
    verify() {
      if (planned !== undefined && planned !== result.assertions) {
        result.failures.push(`${result.assertions} of ${planned} planned`);
      }
    },
  };
}
