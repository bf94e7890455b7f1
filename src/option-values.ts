import * as v from 'valibot';

// Checks rather than valibot's own actions: their issues carry the message as what was expected.

/** A text that is not empty. */
export const text = v.pipe(
  v.string(),
  v.check((value) => value !== '', 'a text that is not empty'),
);

/** Something that can be called; what it is called with is up to the caller. */
export const callable = <Callable extends (...given: never[]) => unknown>(expected = 'a function') =>
  v.custom<Callable>((value) => typeof value === 'function', expected);

/**
 * An object of the application's with some methods, whatever its class: it may come from another copy of a package.
 *
 * @param expected by its article, such as `a span processor`
 */
export const objectWith = <Given>(methods: readonly (string & keyof Given)[], expected: string) =>
  v.custom<Given>(
    (value) => methods.every((method) => typeof (value as Given | null | undefined)?.[method] === 'function'),
    `${expected}: an object with ${methods.join(', ')}`,
  );

/** `localhost:4318` is a URL, too, but one of the scheme `localhost:`. */
export const httpUrl = v.pipe(
  v.string(),
  v.check((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), 'an http or https URL'),
);

/** A number above nothing, such as a size. */
export const positive = v.pipe(
  v.number(),
  v.check((value) => value > 0 && Number.isFinite(value), 'a number above 0'),
);

export const flag = v.optional(v.boolean());

export const whole = (minimum: number, maximum: number, expected: string) =>
  v.pipe(
    v.number(),
    v.check((value) => Number.isInteger(value) && value >= minimum && value <= maximum, expected),
  );

export const wholeFrom = (minimum: number) =>
  whole(minimum, Number.MAX_SAFE_INTEGER, `a whole number from ${minimum} on`);

/** The longest that Node's timers can wait. */
const longestTimeoutMs = 2 ** 31 - 1;

/** How long a timer may wait, in milliseconds. */
export const timeoutMs = whole(1, longestTimeoutMs, `a whole number from 1 to ${longestTimeoutMs}`);

/** A share of something. */
export const share = v.pipe(
  v.number(),
  v.check((value) => value >= 0 && value <= 1, 'a number from 0 to 1'),
);

/** A name of a few, or else something of the application's own: an instance, or a function that makes one. */
export const nameOrOwn = <Name extends string, Own extends object>(names: readonly Name[]) =>
  v.lazy((given): v.GenericSchema<Name | Own> => (isOwn(given) ? v.custom<Own>(isOwn) : v.picklist(names)));

function isOwn(given: unknown): boolean {
  return (typeof given === 'object' && given !== null) || typeof given === 'function';
}
