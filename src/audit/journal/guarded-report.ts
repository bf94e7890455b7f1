import { tell } from '../tell-listener';
import type { OnJournalReport } from './adopt-writers';

/** Whoever is told of failures must not make more of them: a report is made from timers and in the midst of repairs. */
export function guardedReport(onReport: OnJournalReport | undefined): OnJournalReport {
  if (onReport === undefined) return () => undefined;
  return (where, error, level) => tell(() => onReport(where, error, level));
}
