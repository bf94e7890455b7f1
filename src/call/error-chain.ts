import { isError, messageOf } from '../diagnostics';
import type { DataRedactor } from '../redaction/data-redactor';
import { errorCodeOf, errorNameOf, errorTypeOf, readError } from './error-type';

/** One error of a chain, without secrets. */
export interface ErrorLink {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
}

/** What was thrown and what it came from, outermost first. */
export interface ErrorLinks {
  readonly errors: readonly unknown[];
  /** Whether there are more than are listed. */
  readonly isCut: boolean;
}

/** How many errors a chain holds; it may be circular, too, or be made anew by a getter for ever. */
const maxLinks = 10;
const maxMessageLength = 1_024;

/** Follows `cause`, the `errors` of an `AggregateError` and the two of a `SuppressedError`; each error stands once. */
export function errorLinks(thrown: unknown): ErrorLinks {
  const errors = new Set<unknown>([thrown]);
  let isCut = false;
  const follow = (from: unknown): void => {
    for (const next of causesOf(from)) {
      if (errors.has(next)) continue;
      if (errors.size >= maxLinks) {
        isCut = true;
        return;
      }
      errors.add(next);
      follow(next);
    }
  };
  follow(thrown);
  return { errors: [...errors], isCut };
}

/**
 * What was thrown and its causes, for the audit event. `undefined` where that says no more than the type and message that
 * the event has anyway.
 */
export function errorChainOf(thrown: unknown, redactor: DataRedactor): readonly ErrorLink[] | undefined {
  const { errors, isCut } = errorLinks(thrown);
  if (errors.length === 1 && (errorCodeOf(thrown) ?? errorTypeOf(thrown)) === errorTypeOf(thrown)) return undefined;
  const links = errors.map((error) => linkOf(error, redactor));
  return isCut ? [...links, { type: 'other', message: '[Truncated]' }] : links;
}

/** The message of anything that was thrown, without secrets; of an object without one, the object as JSON. */
export function errorMessageOf(thrown: unknown, redactor: DataRedactor): string {
  return saysNothing(thrown) ? cut(JSON.stringify(redactor.redact(thrown))) : redactor.redactText(messageOf(thrown));
}

/** The same of a cause, which has less room: 1,024 characters. */
export function causeMessageOf(cause: unknown, redactor: DataRedactor): string {
  return cut(errorMessageOf(cause, redactor));
}

/** Whether it is an object that neither has a message nor becomes a text of its own. */
function saysNothing(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null || isError(thrown)) return false;
  if (typeof readError(thrown, 'message') === 'string') return false;
  const toString = readError(thrown, 'toString');
  return (
    typeof toString !== 'function' || toString === Object.prototype.toString || toString === Array.prototype.toString
  );
}

function linkOf(error: unknown, redactor: DataRedactor): ErrorLink {
  const code = errorCodeOf(error);
  return {
    type: errorNameOf(error),
    message: causeMessageOf(error, redactor),
    ...(code === undefined ? {} : { code: redactor.redactText(code) }),
  };
}

function causesOf(error: unknown): unknown[] {
  const causes = [readError(error, 'cause')];
  const several = readError(error, 'errors');
  if (isList(several)) {
    for (let index = 0; index <= maxLinks; index += 1) causes.push(readError(several, String(index)));
  }
  if (readError(error, 'name') === 'SuppressedError') {
    causes.push(readError(error, 'error'), readError(error, 'suppressed'));
  }
  // Some libraries have a method of that name.
  return causes.filter((cause) => cause !== undefined && cause !== null && typeof cause !== 'function');
}

/** It throws for a proxy that has been revoked. */
function isList(value: unknown): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

function cut(text: string): string {
  return text.length <= maxMessageLength ? text : `${text.slice(0, maxMessageLength)}… [Truncated]`;
}
