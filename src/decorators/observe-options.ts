import * as v from 'valibot';
import type { CallDetails } from '../call/operation';
import type { Outcome, Settled } from '../call/outcome';
import type {
  AuditedOptions,
  CountedOptions,
  LabelValue,
  ObservedOptions,
  StoreOptions,
  TimedOptions,
  TracedOptions,
} from './decorator-options';
import { optionSchemas } from './option-schemas';
import type { AnyCallable, OverloadsWithCallback, TypingOverload } from './signature-check';

/** A selector that is called with the arguments, out of one whose parameters are erased. */
type Selecting<Option, Arguments extends readonly unknown[]> = Option extends (...args: never) => infer Value
  ? (...args: Arguments) => Value
  : Option;

/** Bounded labels whose selectors are called with the arguments. */
type Labels<Arguments extends readonly unknown[]> = Readonly<
  Record<
    string,
    | string
    | ((...args: Arguments) => LabelValue)
    | { readonly values: readonly string[]; readonly select: (...args: Arguments) => LabelValue }
  >
>;

/** The options of a decorator, with its selectors typed by what the function takes and gives. */
type Typed<Options, Arguments extends readonly unknown[], Result, This> = {
  [Key in keyof Options]: Key extends 'onResult'
    ? (result: Result, ...args: Arguments) => CallDetails | undefined
    : Key extends 'outcome'
      ? (settled: Settled<Result>, ...args: Arguments) => Outcome | undefined
      : Key extends 'changes'
        ? {
            readonly before?: (this: This, ...args: Arguments) => unknown;
            readonly after?: (result: Result, ...args: Arguments) => unknown;
            readonly diff?: boolean;
          }
        : Key extends 'labels'
          ? Labels<Arguments>
          : Selecting<Options[Key], Arguments>;
};

/** Which pillars record the calls: all by default, each with options of its own where they are given. */
interface Pillars<Arguments extends readonly unknown[], Result, This> {
  /** Whether the calls are audited, or the options of `@Audited` for it. Default: `true`. */
  readonly audited?: boolean | Omit<Typed<AuditedOptions, Arguments, Result, This>, 'callback'>;
  /** Whether the calls are traced, or the options of `@Traced` for it. Default: `true`. */
  readonly traced?: boolean | Omit<Typed<TracedOptions, Arguments, Result, This>, 'callback'>;
  /** Whether the calls are timed, or the options of `@Timed` for it. Default: `true`. */
  readonly timed?: boolean | Omit<Typed<TimedOptions, Arguments, Result, This>, 'callback'>;
  /** Whether the calls are counted, or the options of `@Counted` for it. Default: `true`. */
  readonly counted?: boolean | Omit<Typed<CountedOptions, Arguments, Result, This>, 'callback'>;
}

type Recording<Arguments extends readonly unknown[], Result, This> = Omit<
  Typed<ObservedOptions, Arguments, Result, This>,
  'callback'
> &
  Pillars<Arguments, Result, This>;

/**
 * Options of one method of an object for {@link observeObject}: those of `@Observed`, and which pillars record. Of
 * overloads, the last one that takes no callback counts.
 */
// No union of what is called back and what is not: of one, the compiler would infer no parameters.
export type ObserveMethodOptions<Observed extends AnyCallable, This = ThisParameterType<Observed>> = Recording<
  TypingOverload<Observed>[0],
  TypingOverload<Observed>[1],
  This
> & {
  /** `'last'`: where the last argument is a function, the call ends when it is first called, `(error, result)`. */
  readonly callback?: true extends OverloadsWithCallback<Observed> ? 'last' | undefined : undefined;
};

/** Options of {@link observe}: those of `@Observed`, which pillars record, and the store that the function belongs to. */
export type ObserveOptions<Observed extends AnyCallable> = ObserveMethodOptions<Observed> & {
  /** What the function is called. Default: its own name. */
  readonly name?: string;
  /** The store that it belongs to, as `@Store` says it of a class. Default: the store `functions`. */
  readonly store?: StoreOptions<ThisParameterType<Observed>>;
};

const entries = {
  ...optionSchemas.Observed.entries,
  audited: v.optional(v.union([v.boolean(), optionSchemas.Audited])),
  traced: v.optional(v.union([v.boolean(), optionSchemas.Traced])),
  timed: v.optional(v.union([v.boolean(), optionSchemas.Timed])),
  counted: v.optional(v.union([v.boolean(), optionSchemas.Counted])),
};

/** The options of one method of an object. */
export const methodSchema = v.strictObject(entries);

/** The options of a function. */
export const functionSchema = v.strictObject({
  ...entries,
  name: v.optional(v.pipe(v.string(), v.nonEmpty('a text that is not empty'))),
  store: v.optional(optionSchemas.Store),
});

/** What a function or method is observed by, validated. */
export type ValidMethodOptions = v.InferOutput<typeof methodSchema>;
