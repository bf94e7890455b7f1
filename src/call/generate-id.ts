import { randomUUID } from 'node:crypto';

/** A fresh id for an audit event or a correlation: a random UUID (RFC 9562, version 4). */
export function generateId(): string {
  return randomUUID();
}
