import type { AuditBackend } from './audit-backend';
import { inTime, type Wait } from './in-time';
import { JournalBackend } from './journal-backend';

/** What a backend answers to who waits for it, within a limit. A journal has one of its own, for all who wait. */
export function confirmed(backend: AuditBackend, answer: PromiseLike<unknown>, wait: Wait): PromiseLike<unknown> {
  return backend instanceof JournalBackend ? answer : inTime(answer, wait);
}
