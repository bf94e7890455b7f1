/** What one test of a suite came to. */
export interface TestResult {
  readonly name: string;
  assertions: number;
  readonly failures: string[];
}
