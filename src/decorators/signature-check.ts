/** Any method or selector, with its parameters unread. */
export type AnyMethod = (...args: never) => unknown;

/** Why a decorator does not fit the method below it; it appears in the compiler's message. */
export interface SelectorDoesNotFit<Problem extends string, Expected> {
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

type ArgumentSelectors<Options> = Checkable<
  | { [Key in keyof Options]: Key extends ArgumentSelectorKey ? Options[Key] : never }[keyof Options]
  | (Options extends { readonly labels?: infer Labels } ? LabelSelectors<Labels> : never)
>;

type ResultSelectors<Options> = Options extends { readonly onResult?: infer Select } ? Checkable<Select> : never;

type OutcomeSelectors<Options> = Options extends { readonly outcome?: infer Select } ? Checkable<Select> : never;

type SettledWith<Result> =
  { readonly threw: true; readonly error: unknown } | { readonly threw: false; readonly result: Result };

/** What a selector takes, as a method that would fit wherever the selector can be called. */
type TakenBy<Select> = Select extends (...args: infer Parameters) => unknown ? (...args: Parameters) => never : never;

/**
 * `unknown` where every selector can be called with what the method is called with, in each of its overloads; else a
 * type nothing fits. What the results give is read off the last overload.
 */
export type Fits<Method, Options> = Method extends (...args: infer Parameters) => infer Result
  ? [ArgumentSelectors<Options>] extends [(...args: Parameters) => unknown]
    ? [TakenBy<ArgumentSelectors<Options>>] extends [Method]
      ? [ResultSelectors<Options>] extends [(result: Awaited<Result>, ...args: Parameters) => unknown]
        ? [OutcomeSelectors<Options>] extends [(settled: SettledWith<Awaited<Result>>, ...args: Parameters) => unknown]
          ? unknown
          : SelectorDoesNotFit<'outcome does not take what the method gives', Awaited<Result>>
        : SelectorDoesNotFit<'onResult does not take what the method gives', Awaited<Result>>
      : SelectorDoesNotFit<'a selector does not take the parameters of every overload', Method>
    : SelectorDoesNotFit<'a selector does not take the parameters of the method', Parameters>
  : never;

/** Refuses keys that are no options; a type parameter alone would let them pass. */
export type Exactly<Options, Allowed> = Options & { readonly [Key in Exclude<keyof Options, keyof Allowed>]: never };

/** The part of a standard decorator's context that trefoil uses. */
export interface StandardMethodContext {
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
  readonly name: string;
  readonly prototype: object;
}

/** A method decorator in both dialects, checked against the method that it stands on. */
export interface MethodDecoratorFor<Options> {
  <Method extends AnyMethod>(value: Method & Fits<Method, Options>, context: StandardMethodContext): void;
  <Method extends AnyMethod>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Method & Fits<Method, Options>>,
  ): void;
}

/** A class decorator in both dialects. */
export interface ClassDecoratorFor {
  (value: AnyClass, context: StandardClassContext): void;
  (value: AnyClass): void;
}
