import { escapeText } from '../redaction/escape-text';
import type { DataRedactor } from '../redaction/data-redactor';

const maxLines = 50;
const maxCharacters = 8_192;

/**
 * The stack of what was thrown, without its secrets: at most fifty lines and 8,192 characters. `undefined` where
 * there is none, or where it cannot be read.
 */
export function stacktraceOf(thrown: unknown, redactor: Pick<DataRedactor, 'redactText'>): string | undefined {
  let stack: unknown;
  try {
    stack = thrown instanceof Error ? thrown.stack : undefined;
  } catch {
    return undefined;
  }
  if (typeof stack !== 'string') return undefined;
  // Redacted before it is cut: half of a secret might no longer be recognised as one.
  const lines = redactor.redactText(stack).split('\n').slice(0, maxLines);
  return lines.map(escapeText).join('\n').slice(0, maxCharacters);
}
