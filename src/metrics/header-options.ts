import { validateHeaderName, validateHeaderValue } from 'node:http';
import * as v from 'valibot';

/** Headers that a request can carry. A value that it cannot is not told: it may be a secret with a line feed behind it. */
export const headersOption = v.optional(
  v.pipe(
    v.record(v.string(), v.string()),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      for (const [key, value] of Object.entries(dataset.value)) {
        if (canBeSent(key, value)) continue;
        const path = [{ type: 'object', origin: 'value', input: dataset.value, key, value }] as const;
        addIssue({ message: 'a name and a value that a header can have', input: value, path: [...path] });
      }
    }),
  ),
);

function canBeSent(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
