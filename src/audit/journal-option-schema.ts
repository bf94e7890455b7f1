import * as v from 'valibot';
import { callable, positive, text, timeoutMs, wholeFrom } from '../option-values';
import type { OnJournalReport } from './journal/adopt-writers';
import { isAuditAnchor, type AuditAnchor } from './journal/anchors';
import type { OnUnreadable } from './journal/segment-records';
import { expectedFilePrefix, isFilePrefix } from './journal/writer-directory';

/** What the options of a journal have to be, for its backends and for the runtime's section `audit`. */
export const journalOptionEntries = {
  maxFileSizeMb: v.optional(positive),
  maxFiles: v.optional(
    v.pipe(
      v.number(),
      v.check(
        (value) => value >= 1 && (Number.isInteger(value) || value === Infinity),
        'a whole number from 1 on, or Infinity',
      ),
    ),
  ),
  maxAgeDays: v.optional(wholeFrom(1)),
  maxWaitMs: v.optional(timeoutMs),
  key: v.optional(text),
  trustedKeys: v.optional(v.array(text)),
  strictPermissions: v.optional(v.boolean()),
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

/** What a backend is told by its runtime, or by whoever makes it. */
export const journalOriginEntries = {
  service: v.optional(v.string()),
  environment: v.optional(v.string()),
  onReport: v.optional(callable<OnJournalReport>()),
  onUnreadable: v.optional(callable<OnUnreadable>()),
};

/** The directory of a trail. */
export const trailDirectory = text;
