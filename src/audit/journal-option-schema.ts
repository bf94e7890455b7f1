import * as v from 'valibot';
import { isAuditAnchor, type AuditAnchor } from './journal/anchors';
import { expectedFilePrefix, isFilePrefix } from './journal/writer-directory';

// Checks rather than valibot's own actions: their issues carry the message as what was expected.
const text = v.pipe(
  v.string(),
  v.check((value) => value !== '', 'a text that is not empty'),
);
const whole = (maximum: number, expected: string) =>
  v.pipe(
    v.number(),
    v.check((value) => Number.isInteger(value) && value >= 1 && value <= maximum, expected),
  );
const wholeFromOne = whole(Number.MAX_SAFE_INTEGER, 'a whole number from 1 on');

/** The longest that Node's timers can wait. */
const longestTimeoutMs = 2 ** 31 - 1;

/** What the options of a journal have to be, for its backends and for the runtime's section `audit`. */
export const journalOptionEntries = {
  maxFileSizeMb: v.optional(
    v.pipe(
      v.number(),
      v.check((value) => value > 0, 'a number above 0'),
    ),
  ),
  maxFiles: v.optional(
    v.pipe(
      v.number(),
      v.check(
        (value) => value >= 1 && (Number.isInteger(value) || value === Infinity),
        'a whole number from 1 on, or Infinity',
      ),
    ),
  ),
  maxAgeDays: v.optional(wholeFromOne),
  maxWaitMs: v.optional(whole(longestTimeoutMs, `a whole number from 1 to ${longestTimeoutMs}`)),
  key: v.optional(text),
  anchors: v.optional(v.array(v.custom<AuditAnchor>(isAuditAnchor, 'a function, { file } or { backend }'))),
};

/** The same for files that begin with a name of their own, a new one each day. */
export const dailyOptionEntries = {
  ...journalOptionEntries,
  rotateDaily: v.optional(v.boolean()),
  filePrefix: v.optional(
    v.pipe(
      v.string(),
      v.check((value) => isFilePrefix(value), expectedFilePrefix),
    ),
  ),
};

/** The directory of a trail. */
export const trailDirectory = text;
