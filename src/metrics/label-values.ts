/** Longer values of labels than this are none that anybody could read, and cost memory as long as the process lives. */
export const longestLabelValue = 1024;

/**
 * Halves of characters, which have no UTF-8: two different ones would be written alike, and a scrape with the same series
 * twice is refused as a whole. And what ends a line to some readers, or to Prometheus (NUL): a line feed is written as
 * an escape, a tab is harmless.
 */
const unwritable = /[\p{Cs}\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/gu;

/** A value as it can be shown; characters that cannot become U+FFFD. */
export function writableValue(value: string): string {
  return value.replace(unwritable, '\ufffd');
}

/** What was given as the value of a label, as a text; `undefined` where it is nothing that could be one. */
export function labelText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const isPlain = typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint';
  return isPlain ? String(value) : undefined;
}
