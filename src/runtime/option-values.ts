import * as v from 'valibot';

// Checks rather than valibot's own actions: their issues carry the message as what was expected.

/** A text that is not empty. */
export const text = v.pipe(
  v.string(),
  v.check((value) => value !== '', 'a text that is not empty'),
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
