import type { DataRedactor } from '../redaction/data-redactor';
import { escapeText } from '../redaction/escape-text';
import { errorLinks, errorMessageOf } from './error-chain';
import { errorNameOf, readError } from './error-type';

const maxLines = 50;
const maxCharacters = 8_192;
const maxCauseLines = 20;
const maxCauseCharacters = 2_048;
const maxTotalCharacters = 16_384;

/**
 * The stack of what was thrown, without its secrets: at most fifty lines and 8,192 characters. `undefined` where there
 * is none, or where it cannot be read.
 */
export function ownStackOf(thrown: unknown, redactor: DataRedactor): string | undefined {
  return linesOf(thrown, redactor)?.slice(0, maxLines).join('\n').slice(0, maxCharacters);
}

/** The same of a cause, which has less room: at most twenty lines and 2,048 characters. */
export function causeStackOf(cause: unknown, redactor: DataRedactor): string | undefined {
  return linesOf(cause, redactor)?.slice(0, maxCauseLines).join('\n').slice(0, maxCauseCharacters);
}

/**
 * The stack of what was thrown and, behind `Caused by: `, those of its causes: at most 16,384 characters. Frames that a
 * cause shares with the error above it are counted instead of repeated.
 */
export function stackTraceOf(thrown: unknown, redactor: DataRedactor): string | undefined {
  const { errors, isCut } = errorLinks(thrown);
  const own = ownStackOf(thrown, redactor);
  if (errors.length === 1) return own;
  const sections = [own ?? headOf(thrown, redactor)];
  let above = linesOf(thrown, redactor) ?? [];
  for (const cause of errors.slice(1)) {
    const lines = linesOf(cause, redactor) ?? [headOf(cause, redactor)];
    sections.push(`Caused by: ${withoutShared(lines, above).slice(0, maxCauseCharacters)}`);
    above = lines;
  }
  if (isCut) sections.push('Caused by: [Truncated]');
  return sections.join('\n').slice(0, maxTotalCharacters);
}

/** Redacted before they are cut: half of a secret might no longer be recognised as one. */
function linesOf(error: unknown, redactor: DataRedactor): string[] | undefined {
  const stack = readError(error, 'stack');
  return typeof stack === 'string' ? redactor.redactText(stack).split('\n').map(escapeText) : undefined;
}

function headOf(error: unknown, redactor: DataRedactor): string {
  return escapeText(`${errorNameOf(error)}: ${errorMessageOf(error, redactor)}`);
}

function withoutShared(lines: readonly string[], above: readonly string[]): string {
  let shared = 0;
  while (shared < lines.length - 1 && lines.at(-1 - shared) === above.at(-1 - shared)) shared += 1;
  const own = lines.slice(0, lines.length - shared);
  const kept = own.slice(0, maxCauseLines);
  const left = shared + own.length - kept.length;
  return left === 0 ? kept.join('\n') : [...kept, `    ... ${left} more`].join('\n');
}
