/** What `large-writer` has to do; its only argument, as JSON. */
export interface LargePlan {
  readonly dist: string;
  readonly path: string;
  /** How much it writes before it kills itself, in megabytes; none, and it starts on what is there. */
  readonly megabytes?: number;
}
