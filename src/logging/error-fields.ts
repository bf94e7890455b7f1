import { causeMessageOf, errorLinks, errorMessageOf } from '../call/error-chain';
import { causeStackOf, ownStackOf } from '../call/error-stack';
import { errorTypeOf } from '../call/error-type';
import type { DataRedactor } from '../redaction/data-redactor';
import type { LogFields } from './logger';

/** The type and message of what was thrown, without secrets. */
export function errorFacts(error: unknown, redactor: DataRedactor): LogFields {
  return { error_type: errorTypeOf(error), error_message: errorMessageOf(error, redactor) };
}

/**
 * What was thrown, with its stack and its causes and, of an `AggregateError`, what it stands for; without secrets. A cause
 * that is on another line already is listed without its stack.
 */
export function errorFields(
  error: unknown,
  redactor: DataRedactor,
  isLogged: (cause: unknown) => boolean = () => false,
): LogFields {
  const { errors, isCut } = errorLinks(error);
  const causes: unknown[] = errors.slice(1).map((cause) => ({
    error_type: errorTypeOf(cause),
    error_message: causeMessageOf(cause, redactor),
    ...stackField(isLogged(cause) ? undefined : causeStackOf(cause, redactor)),
  }));
  if (isCut) causes.push({ error_type: 'other', error_message: '[Truncated]' });
  return {
    ...errorFacts(error, redactor),
    ...stackField(ownStackOf(error, redactor)),
    ...(causes.length === 0 ? {} : { error_causes: causes }),
  };
}

function stackField(stack: string | undefined): LogFields {
  return stack === undefined ? {} : { error_stack: stack };
}
