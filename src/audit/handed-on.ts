import { tell } from './tell-listener';
import type { AuditBackend } from './audit-backend';

const receivers = new WeakMap<object, readonly AuditBackend[]>();
const listeners = new WeakMap<object, (error: unknown) => void>();

/** Notes which backends one hands its events on to. */
export function handsOnTo(backend: AuditBackend, others: readonly AuditBackend[]): void {
  receivers.set(backend, [...others]);
}

/** The backends that one hands its events on to; empty for most. */
export function receiversOf(backend: object): readonly AuditBackend[] {
  return receivers.get(backend) ?? [];
}

/** Tells a runtime of the events that a backend, or one behind it, loses where no caller learns of it. */
export function onLoss(backend: AuditBackend, listener: (error: unknown) => void): void {
  listeners.set(backend, listener);
  for (const receiver of receiversOf(backend)) onLoss(receiver, listener);
}

/** An event is lost, and no caller learns of it. */
export function reportLoss(backend: object, error: unknown): void {
  const listener = listeners.get(backend);
  if (listener !== undefined) tell(() => listener(error));
}
