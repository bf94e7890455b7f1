import { tell } from './tell-listener';
import type { AuditBackend } from './audit-backend';

const receivers = new WeakMap<object, readonly AuditBackend[]>();
/** Several runtimes may use one backend. */
const listeners = new WeakMap<object, Set<OnLoss>>();

/** Told of an event that is lost. */
export type OnLoss = (error: unknown) => void;

/** Notes which backends one hands its events on to. */
export function handsOnTo(backend: AuditBackend, others: readonly AuditBackend[]): void {
  receivers.set(backend, [...others]);
}

/** The backends that one hands its events on to; empty for most. */
export function receiversOf(backend: object): readonly AuditBackend[] {
  return receivers.get(backend) ?? [];
}

/** Tells a runtime of the events that a backend, or one behind it, loses where no caller learns of it; once each. */
export function onLoss(backend: AuditBackend, listener: OnLoss): void {
  const others = listeners.get(backend);
  if (others === undefined) listeners.set(backend, new Set([listener]));
  else others.add(listener);
  for (const receiver of receiversOf(backend)) onLoss(receiver, listener);
}

export function offLoss(backend: AuditBackend, listener: OnLoss): void {
  listeners.get(backend)?.delete(listener);
  for (const receiver of receiversOf(backend)) offLoss(receiver, listener);
}

/** An event is lost, and no caller learns of it. */
export function reportLoss(backend: object, error: unknown): void {
  for (const listener of listeners.get(backend) ?? []) tell(() => listener(error));
}
