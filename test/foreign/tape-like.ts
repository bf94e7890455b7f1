import { isDeepStrictEqual } from 'node:util';
import type { TestResult } from './test-result';

/** A test, as tape takes it. */
export type TapeBody = (t: TapeLike) => unknown;
type ErrorPredicate = (error: unknown) => unknown;

const timeoutMs = 10_000;

/** The part of tape's interface that suites call; a test ends by `end`, by its `plan`, or with its promise. */
export class TapeLike {
  readonly #result: TestResult;
  readonly #subtests: { readonly name: string; readonly body: TapeBody }[] = [];
  #plan: number | undefined;
  #hasEnded = false;
  #end: () => void = () => undefined;

  private constructor(result: TestResult) {
    this.#result = result;
  }

  /** Runs tests one after the other, each followed by its subtests. */
  static async run(name: string, body: TapeBody): Promise<TestResult[]> {
    const result: TestResult = { name, assertions: 0, failures: [] };
    const t = new TapeLike(result);
    const results = [result];
    await t.#perform(body);
    for (const subtest of t.#subtests) results.push(...(await TapeLike.run(`${name} > ${subtest.name}`, subtest.body)));
    t.#hasEnded = true;
    const counted = result.assertions + t.#subtests.length;
    if (t.#plan !== undefined && t.#plan !== counted) result.failures.push(`${counted} of ${t.#plan} planned`);
    return results;
  }

  async #perform(body: TapeBody): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const ended = new Promise<void>((resolve) => (this.#end = resolve));
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('The test did not end')), timeoutMs);
    });
    try {
      const returned = body(this);
      const isPromise = returned instanceof Promise;
      const waitsForEnd = this.#plan !== undefined || (!isPromise && this.#subtests.length === 0);
      await Promise.race([Promise.all([isPromise ? returned : undefined, waitsForEnd ? ended : undefined]), late]);
    } catch (error) {
      this.#result.failures.push(error instanceof Error ? String(error.stack) : `threw ${String(error)}`);
    } finally {
      clearTimeout(timer);
    }
    // What is asserted after the end, or beyond the plan, still belongs to the test.
    await new Promise((resolve) => setImmediate(resolve));
  }

  test(name: string, body: TapeBody): void {
    this.#subtests.push({ name, body });
  }

  plan(count: number): void {
    this.#plan = count;
  }

  end(): void {
    this.#end();
  }

  ok(value: unknown, message?: string): void {
    this.#assert(Boolean(value), message ?? `${String(value)} is truthy`);
  }

  is(given: unknown, expected: unknown, message?: string): void {
    this.#assert(Object.is(given, expected), message ?? `${String(given)} is ${String(expected)}`);
  }

  isNot(given: unknown, expected: unknown, message?: string): void {
    this.#assert(!Object.is(given, expected), message ?? `${String(given)} is not ${String(expected)}`);
  }

  same(given: unknown, expected: unknown, message?: string): void {
    this.#assert(isDeepStrictEqual(given, expected), message ?? 'is the same');
  }

  pass(message = 'passes'): void {
    this.#assert(true, message);
  }

  fail(message: unknown = 'fails'): void {
    this.#assert(false, String(message));
  }

  throws(action: () => unknown, isExpected: ErrorPredicate = () => true, message = 'throws'): void {
    this.#assert(Boolean(thrownBy(action, isExpected)), message);
  }

  doesNotThrow(action: () => unknown, message = 'does not throw'): void {
    this.#assert(thrownBy(action, () => true) === undefined, message);
  }

  #assert(holds: boolean, message: string): void {
    this.#result.assertions += 1;
    if (!holds) this.#result.failures.push(message);
    if (this.#hasEnded) this.#result.failures.push(`after the end: ${message}`);
    if (this.#result.assertions + this.#subtests.length === this.#plan) this.#end();
  }
}

function thrownBy(action: () => unknown, isExpected: ErrorPredicate): unknown {
  try {
    action();
  } catch (error) {
    return isExpected(error);
  }
  return undefined;
}
