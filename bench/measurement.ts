/** How much is measured, and with how many audit events kept. */
export interface Effort {
  /** Enough to see that the program works, too little for its figures to mean anything. */
  readonly isQuick: boolean;
  /** How many audit events every case keeps: what survives is what the garbage collector has to copy. */
  readonly ring: number;
}

/** Something to be reached, beside what was measured. */
export interface Goal {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  readonly isMet: boolean;
}

/** A Node binary other than the one that runs the bench, or why there is none. */
export type Prepared = { readonly node: string } | { readonly skipped: string };

/** Where the process of a measurement writes its result: the standard output is for what it logs. */
export const resultDescriptor = 3;

/** One program of the bench. It runs in a process of its own; its result crosses over as JSON. */
export interface Measurement<Result> {
  /** What it is called on the command line and in the results. */
  readonly name: string;
  readonly title: string;
  readonly nodeOptions?: readonly string[];
  /** Installs what the process needs besides trefoil itself. */
  prepare?(): Prepared;
  run(effort: Effort): Promise<Result>;
  /** What was left out or came out wrong; any of it makes the figures worthless. */
  problems(result: Result): readonly string[];
  goals?(result: Result): readonly Goal[];
  /** The result as Markdown, below its title. */
  render(result: Result): string;
}

/** A measurement in a list of different ones: what it renders is what its own `run` gave. */
export type AnyMeasurement = Measurement<unknown>;

/** A whole number as people read it. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

/** Four digits say all that a measurement knows. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
