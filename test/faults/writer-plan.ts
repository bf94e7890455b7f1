/** What a program that writes has to do; the only argument of `writer`, as JSON. */
export interface WriterPlan {
  /** The build under test: trefoil's own, or a mutant of it. */
  readonly dist: string;
  readonly root: string;
  /** What its events are called: `<name>-<writer>-<count>`. */
  readonly name: string;
  /** How many write at the same time. */
  readonly writers: number;
  /** How many calls each of them makes; where it is absent, as many as there is time for until SIGTERM. */
  readonly calls?: number | undefined;
  readonly maxFileSizeMb?: number | undefined;
  readonly maxFiles?: number | undefined;
  /** A file that checkpoints go to. */
  readonly anchor?: string | undefined;
  /** Signs them; where there is an anchor and no key, one of the moment does. */
  readonly key?: string | undefined;
  /** Makes the names of directories the same in each run, so that a tracer can be told of them. */
  readonly seed?: string | undefined;
  /** How long each of them rests between calls, in milliseconds. */
  readonly restMs?: number | undefined;
}

/**
 * What a writer says, as a line of JSON each, right after it has learnt it. A call that was `refused` has failed for
 * good; of one that is `unsure` the journal says that it may still be written.
 */
export type Report =
  | { readonly is: 'open' | 'closed' }
  | { readonly is: 'failed'; readonly message: string }
  /** What `onReport` was told. */
  | { readonly is: 'reported'; readonly where: string; readonly message: string }
  /** For how long the event loop was blocked at worst. */
  | { readonly is: 'blocked'; readonly forMs: number }
  | {
      readonly is: 'acked' | 'refused' | 'unsure';
      readonly id: string;
      readonly kind: 'event' | 'intent' | 'outcome';
      readonly delivery: 'bestEffort' | 'buffered' | 'durable' | 'strict';
      readonly code?: string | undefined;
    };

export type EventReport = Extract<Report, { readonly id: string }>;
