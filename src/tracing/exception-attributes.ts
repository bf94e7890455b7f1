import { diag, type Attributes, type Span, type TimeInput } from '@opentelemetry/api';

/** Adds an event to a span for what was thrown, if that says what it is; whatever it is, nothing is thrown here. */
export function addException(span: Pick<Span, 'addEvent'>, exception: unknown, time: TimeInput | undefined): void {
  let attributes: Attributes | undefined;
  let text = 'that cannot be read';
  try {
    attributes = exceptionAttributes(exception);
    if (attributes === undefined) text = String(exception);
  } catch {
    // Its own code has failed, such as a getter or toString.
  }
  if (attributes !== undefined) span.addEvent('exception', attributes, time);
  else diag.warn(`Failed to record an exception ${text}`);
}

/**
 * What `recordException` says of whatever it is given, by OpenTelemetry's SDK: a code takes the place of the name.
 *
 * @returns `undefined` where there is neither a type nor a message
 */
function exceptionAttributes(exception: unknown): Attributes | undefined {
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
