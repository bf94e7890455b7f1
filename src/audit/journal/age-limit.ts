const dayMs = 86_400_000;

/** A silence this long, in milliseconds, may be a clock that is wrong. */
const longestSilenceMs = 7 * dayMs;

/** What the age of files is judged by. */
export interface AgeEvidence {
  readonly maxAgeDays: number;
  /** In milliseconds since the Unix epoch, as is what follows. */
  readonly now: number;
  /** Since when this process has seen time go by, whatever happened to the clock. */
  readonly since: number;
  /** When files of the trail ended. */
  readonly endings: readonly number[];
}

/**
 * Up to when files that ended are too old. A clock that is years ahead makes the whole trail look old: behind a silence
 * of more than a week, nothing is too old until what came after the silence is as old as the limit itself.
 */
export function tooOldBefore({ maxAgeDays, now, since, endings }: AgeEvidence): {
  before: number;
  isClockAhead: boolean;
} {
  const limit = now - maxAgeDays * dayMs;
  let known = Math.min(now, since);
  for (const ended of endings.filter((time) => time <= now).sort((one, other) => other - one)) {
    if (known <= limit) break;
    if (known - ended > longestSilenceMs) return { before: Number.NEGATIVE_INFINITY, isClockAhead: ended < limit };
    known = Math.min(known, ended);
  }
  return { before: limit, isClockAhead: false };
}
