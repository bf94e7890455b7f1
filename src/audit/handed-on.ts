import type { AuditBackend } from './audit-backend';

const receivers = new WeakMap<object, readonly AuditBackend[]>();

/** Notes which backends one hands its events on to. */
export function handsOnTo(backend: AuditBackend, others: readonly AuditBackend[]): void {
  receivers.set(backend, [...others]);
}

/** The backends that one hands its events on to; empty for most. */
export function receiversOf(backend: object): readonly AuditBackend[] {
  return receivers.get(backend) ?? [];
}
