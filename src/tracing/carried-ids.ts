/** The headers beside those of the propagators: what every proxy and framework calls these two ids. */
export const correlationIdHeader = 'x-correlation-id';
export const requestIdHeader = 'x-request-id';

/**
 * Ids that are taken from outside, and sent there: 1 to 200 visible ASCII characters. A blank or a comma is what servers
 * put between the values of a header that was sent twice.
 */
const carriedId = /^[\x21-\x2b\x2d-\x7e]{1,200}$/;

/** An id as it may stand in a header, a log line and an audit event; `undefined` for anything else. */
export function carriedIdOf(value: unknown): string | undefined {
  return typeof value === 'string' && carriedId.test(value) ? value : undefined;
}
