import type { Attributes } from '@opentelemetry/api';

/**
 * What `recordException` says of whatever it is given, by OpenTelemetry's SDK: a code takes the place of the name.
 *
 * @returns `undefined` where there is neither a type nor a message
 */
export function exceptionAttributes(exception: unknown): Attributes | undefined {
  if (typeof exception === 'string') return exception === '' ? undefined : { 'exception.message': exception };
  const { code, name, message, stack } = (exception ?? {}) as Readonly<Record<string, unknown>>;
  const type = isGiven(code) ? String(code) : name;
  if (!isGiven(type) && !isGiven(message)) return undefined;
  return {
    ...(isGiven(type) ? { 'exception.type': type as string } : {}),
    ...(isGiven(message) ? { 'exception.message': message as string } : {}),
    ...(isGiven(stack) ? { 'exception.stacktrace': stack as string } : {}),
  };
}

/** As the SDK has it: an empty text and a zero say nothing. */
function isGiven(value: unknown): boolean {
  return Boolean(value);
}
