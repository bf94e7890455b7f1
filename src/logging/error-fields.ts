import { errorTypeOf } from '../call/error-type';
import { messageOf } from '../diagnostics';
import type { DataRedactor } from '../redaction/data-redactor';

/** How many causes are followed; a chain may be circular, too. */
const maxCauses = 8;

/** One error of a chain, as a line shows it. */
interface WrittenError {
  readonly error_type: string;
  readonly error_message: string;
  readonly error_stack?: string;
}

/** What was thrown, with its causes and, of an `AggregateError`, what it stands for; without secrets. */
export function errorFields(error: unknown, redactor: DataRedactor): Readonly<Record<string, unknown>> {
  const causes = causesOf(error).map((cause) => written(cause, redactor));
  return { ...written(error, redactor), ...(causes.length === 0 ? {} : { error_causes: causes }) };
}

function written(error: unknown, redactor: DataRedactor): WrittenError {
  const stack = read(error, 'stack');
  return {
    error_type: errorTypeOf(error),
    error_message: redactor.redactText(messageOf(error)),
    ...(typeof stack === 'string' ? { error_stack: redactor.redactText(stack) } : {}),
  };
}

function causesOf(error: unknown): unknown[] {
  const causes = new Set<unknown>();
  const follow = (from: unknown): void => {
    const errors = read(from, 'errors');
    const several: readonly unknown[] = Array.isArray(errors) ? errors.slice(0, maxCauses) : [];
    for (const next of [read(from, 'cause'), ...several]) {
      if (next === undefined || next === error || causes.has(next) || causes.size >= maxCauses) continue;
      causes.add(next);
      follow(next);
    }
  };
  follow(error);
  return [...causes];
}

function read(error: unknown, field: 'stack' | 'cause' | 'errors'): unknown {
  try {
    return error instanceof Error ? (Reflect.get(error, field) as unknown) : undefined;
  } catch {
    return undefined;
  }
}
