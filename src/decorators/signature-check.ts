/** Why a decorator does not fit the method below it; it appears in the compiler's message. */
interface SelectorDoesNotFit<Problem extends string, Expected> {
  readonly problem: Problem;
  readonly expected: Expected;
}

/** The options that are called with the method's arguments. */
type ArgumentSelectorKey = 'item' | 'user' | 'metadata' | 'attributes' | 'when' | 'name';

/** The functions among the values of `labels`. */
type LabelSelectors<Labels> = {
  [Key in keyof Labels]: Labels[Key] extends { readonly select: infer Select } ? Select : Labels[Key];
}[keyof Labels];

/** A selector; one whose parameters are erased, as in options typed by their interface, cannot be checked. */
type Checkable<Select> = Select extends (...args: infer Parameters) => unknown
  ? [Parameters] extends [never]
    ? never
    : Select
  : never;

/** The function of `changes` that is called before the body or after it. */
type ChangesSelector<Options, Side extends 'before' | 'after'> = Options extends { readonly changes?: infer Changes }
  ? Side extends keyof Changes
    ? Changes[Side]
    : never
  : never;

type ArgumentSelectors<Options> = Checkable<
  | ChangesSelector<Options, 'before'>
  | { [Key in keyof Options]: Key extends ArgumentSelectorKey ? Options[Key] : never }[keyof Options]
  | (Options extends { readonly labels?: infer Labels } ? LabelSelectors<Labels> : never)
>;

type ResultSelectors<Options> = Checkable<
  ChangesSelector<Options, 'after'> | (Options extends { readonly onResult?: infer Select } ? Select : never)
>;

type OutcomeSelectors<Options> = Options extends { readonly outcome?: infer Select } ? Checkable<Select> : never;

/** Methods whose answer is what they call back with. */
interface AnswersByCallback {
  readonly callback: 'last';
}

/** What a method gives as its result; what a callback is called with may be anything. */
type ResultGiven<Result, Options> = Options extends AnswersByCallback ? unknown : Awaited<Result>;

/** Anything that can be called, whatever it takes. */
export type AnyCallable = (...args: never) => unknown;

/** A function of any signature; also one typed as the global interface. */
interface Callable {
  readonly apply: unknown;
  readonly call: unknown;
}

/** The last parameter, also an optional one; `unknown` where any number of them is taken. */
type LastOf<Parameters extends readonly unknown[]> = number extends Parameters['length']
  ? unknown
  : Required<Parameters> extends readonly [...unknown[], infer Last]
    ? Last
    : never;

/** Whether what is given last is a callback, and nothing else it could be. */
type EndsInCallback<Parameters extends readonly unknown[]> =
  unknown extends LastOf<Parameters> ? false : [Extract<LastOf<Parameters>, Callable>] extends [never] ? false : true;

/** What one overload takes, and what it gives once that is awaited. */
type Overload = readonly [taken: readonly unknown[], given: unknown];

/** The last six overloads; a method with fewer does not fit the longer patterns. */
type OverloadsOf<Method> = Method extends {
  (...args: infer A): infer RA;
  (...args: infer B): infer RB;
  (...args: infer C): infer RC;
  (...args: infer D): infer RD;
  (...args: infer E): infer RE;
  (...args: infer F): infer RF;
}
  ? [[A, RA], [B, RB], [C, RC], [D, RD], [E, RE], [F, RF]]
  : Method extends {
        (...args: infer A): infer RA;
        (...args: infer B): infer RB;
        (...args: infer C): infer RC;
        (...args: infer D): infer RD;
      }
    ? [[A, RA], [B, RB], [C, RC], [D, RD]]
    : Method extends {
          (...args: infer A): infer RA;
          (...args: infer B): infer RB;
          (...args: infer C): infer RC;
        }
      ? [[A, RA], [B, RB], [C, RC]]
      : Method extends { (...args: infer A): infer RA; (...args: infer B): infer RB }
        ? [[A, RA], [B, RB]]
        : Method extends (...args: infer A) => infer RA
          ? [[A, RA]]
          : never;

type LastWithoutCallback<Overloads extends readonly Overload[]> = Overloads extends readonly [
  ...infer Before extends readonly Overload[],
  infer Last extends Overload,
]
  ? EndsInCallback<Last[0]> extends true
    ? LastWithoutCallback<Before>
    : [Last[0], Awaited<Last[1]>]
  : never;

/**
 * What selectors are typed by: the last overload that takes no callback; else the last one, which gives something only
 * where it gives a promise.
 */
export type TypingOverload<Method extends AnyCallable> = [LastWithoutCallback<OverloadsOf<Method>>] extends [never]
  ? [
      Parameters<Method>,
      [Extract<ReturnType<Method>, PromiseLike<unknown>>] extends [never] ? unknown : Awaited<ReturnType<Method>>,
    ]
  : LastWithoutCallback<OverloadsOf<Method>>;

/** Whether a callback may be given; `unknown` and `any` may be one. */
type TakesCallback<Parameters extends readonly unknown[]> =
  unknown extends LastOf<Parameters> ? true : [Extract<LastOf<Parameters>, Callable>] extends [never] ? false : true;

/** Which of the last three overloads take a callback; a method with fewer does not fit the longer patterns. */
export type OverloadsWithCallback<Method> = Method extends {
  (...args: infer First): unknown;
  (...args: infer Second): unknown;
  (...args: infer Third): unknown;
}
  ? TakesCallback<First> | TakesCallback<Second> | TakesCallback<Third>
  : Method extends { (...args: infer First): unknown; (...args: infer Second): unknown }
    ? TakesCallback<First> | TakesCallback<Second>
    : Method extends (...args: infer Parameters) => unknown
      ? TakesCallback<Parameters>
      : false;

/** `unknown` where the method has a last parameter that can be a function, if it has to; else a type nothing fits. */
type Answers<Method, Options> = Options extends AnswersByCallback
  ? true extends OverloadsWithCallback<Method>
    ? unknown
    : SelectorDoesNotFit<'the last parameter of the method is not a callback', Callable>
  : unknown;

type SettledWith<Result> =
  { readonly threw: true; readonly error: unknown } | { readonly threw: false; readonly result: Result };

/** What a selector takes, as a method that would fit wherever the selector can be called. */
type TakenBy<Select> = Select extends (...args: infer Parameters) => unknown ? (...args: Parameters) => never : never;

/**
 * `unknown` where every selector can be called with what the method is called with, in each of its overloads; else a
 * type nothing fits. What the results give is read off the last overload.
 */
type Fits<Method, Options> = Method extends (...args: infer Parameters) => infer Result
  ? [ArgumentSelectors<Options>] extends [(...args: Parameters) => unknown]
    ? [TakenBy<ArgumentSelectors<Options>>] extends [Method]
      ? [ResultSelectors<Options>] extends [(result: ResultGiven<Result, Options>, ...args: Parameters) => unknown]
        ? [OutcomeSelectors<Options>] extends [
            (settled: SettledWith<ResultGiven<Result, Options>>, ...args: Parameters) => unknown,
          ]
          ? unknown
          : SelectorDoesNotFit<'outcome does not take what the method gives', ResultGiven<Result, Options>>
        : SelectorDoesNotFit<'onResult does not take what the method gives', ResultGiven<Result, Options>>
      : SelectorDoesNotFit<'a selector does not take the parameters of every overload', Method>
    : SelectorDoesNotFit<'a selector does not take the parameters of the method', Parameters>
  : never;

/** Parameters that a function takes, and whatever comes after them. */
type AtLeast<Taken extends readonly unknown[]> = number extends Taken['length'] ? Taken : [...Taken, ...unknown[]];

type Rest<Taken> = Taken extends readonly [unknown?, ...infer After] ? After : unknown[];

/** Turns a union of requirements into one that meets them all; each is wrapped, so that its own unions stay whole. */
type All<Requirement> = (Requirement extends unknown ? (each: Requirement) => void : never) extends (
  each: infer Together,
) => void
  ? Together
  : never;

type Require<Required> = { readonly required: Required };

/** The constraint that a method's parameters satisfy where every selector can be called with them. */
type ParametersFor<Options> =
  All<
    | Require<unknown[]>
    | (ArgumentSelectors<Options> extends infer Select
        ? Select extends (...args: infer Taken) => unknown
          ? Require<AtLeast<Taken>>
          : never
        : never)
    | (ResultSelectors<Options> | OutcomeSelectors<Options> extends infer Select
        ? Select extends (...args: infer Taken) => unknown
          ? Require<AtLeast<Rest<Taken>>>
          : never
        : never)
  > extends Require<infer Parameters extends unknown[]>
    ? Parameters
    : never;

/** A result that a selector can be called with, or a promise of it; the promise itself is no result. */
type ResultOf<Taken> = unknown extends Taken
  ? unknown
  : [Promise<unknown>] extends [Taken]
    ? PromiseLike<Taken>
    : [Taken] extends [PromiseLike<unknown>]
      ? PromiseLike<Taken>
      : Taken | PromiseLike<Taken>;

type ResultTaken<Settled> =
  SettledWith<unknown> extends Settled
    ? unknown
    : SettledWith<never> extends Settled
      ? ResultOf<Extract<Settled, { readonly threw: false; readonly result: unknown }>['result']>
      : never;

/** The constraint that a method's result satisfies where `onResult` and `outcome` can be called with it. */
type ResultFor<Options> = Options extends AnswersByCallback
  ? unknown extends ResultTakenBy<Options>
    ? unknown
    : never
  : ResultTakenBy<Options>;

type ResultTakenBy<Options> =
  All<
    | Require<unknown>
    | (ResultSelectors<Options> extends infer Select
        ? Select extends (result: infer Taken, ...rest: never) => unknown
          ? Require<ResultOf<Taken>>
          : never
        : never)
    | (OutcomeSelectors<Options> extends infer Select
        ? Select extends (settled: infer Taken, ...rest: never) => unknown
          ? Require<ResultTaken<Taken>>
          : never
        : never)
  > extends Require<infer Result>
    ? Result
    : never;

/** A method read as what it takes and gives; `Overload` is what the overload before its last one takes. */
interface Gives<Parameters extends unknown[], Result, Overload extends unknown[]> {
  (...args: Overload): unknown;
  (...args: Parameters): Result;
}

/**
 * What does not satisfy its constraint is inferred as the constraint itself, which a method may fit by accident: one
 * that was read faithfully has the very same parameters and result. With overloads, no constraint covers them all.
 */
type Unchanged<Method, Parameters, Result, Overload> = Method extends (...args: infer Taken) => infer Given
  ? [Parameters, Overload, Taken, Given] extends [Overload, Parameters, Parameters, Result]
    ? unknown
    : SelectorDoesNotFit<'a selector does not take what the method takes or gives', Method>
  : never;

/** Refuses keys that are no options; a type parameter alone would let them pass, and would read `() => 'x'` as a text. */
export type Exactly<Options, Allowed> = Options &
  Allowed & { readonly [Key in keyof Options]: Key extends keyof Allowed ? unknown : never };

/** The part of a standard decorator's context that trefoil uses. */
interface StandardMethodContext {
  readonly kind: 'method';
  readonly name: string | symbol;
  readonly static: boolean;
  readonly private: boolean;
  addInitializer(initializer: (this: never) => void): void;
}

/** The part of a standard class decorator's context that tells it from others. */
export interface StandardClassContext {
  readonly kind: 'class';
  readonly name: string | undefined;
}

/** Anything that a class decorator may stand on: also abstract classes and private constructors. */
export interface AnyClass {
  readonly name: unknown;
  readonly prototype: object;
}

/**
 * A method decorator in both dialects, checked against the method that it stands on: first as the compiler compares
 * functions, then, for methods whose types name a type parameter of their class, by constraints.
 */
export interface MethodDecoratorFor<Options> {
  <Method>(value: Method & Fits<Method, Options> & Answers<Method, Options>, context: StandardMethodContext): void;
  <Method>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Method & Fits<Method, Options> & Answers<Method, Options>>,
  ): void;
  <Method, Parameters extends ParametersFor<Options>, Result extends ResultFor<Options>, Overload extends unknown[]>(
    value: Method &
      Gives<Parameters, Result, Overload> &
      Unchanged<Method, Parameters, Result, Overload> &
      Answers<Method, Options>,
    context: StandardMethodContext,
  ): void;
  <Method, Parameters extends ParametersFor<Options>, Result extends ResultFor<Options>, Overload extends unknown[]>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<
      Method &
        Gives<Parameters, Result, Overload> &
        Unchanged<Method, Parameters, Result, Overload> &
        Answers<Method, Options>
    >,
  ): void;
}

/**
 * A class decorator in both dialects. The legacy one gives no context; a signature of its own with a single parameter
 * would take standard methods, too. It belongs before the signatures of methods: of several that do not fit, the compiler
 * tells of the last one alone in the legacy dialect.
 */
export type ClassDecoratorFor = (value: AnyClass, context?: StandardClassContext) => void;
