import type { Trail, TrailEvent } from './check-trail';
import type { EventReport, Report } from './writer-plan';

/** What a run must not have done, by what its writers were told and what is in the trail. */
export function judge(reports: readonly Report[], trail: Trail, wasKilled: boolean): string[] {
  const violations = trail.problems.map((problem) => `the chain: ${problem}`);
  const records = new Map<string, TrailEvent[]>();
  for (const event of trail.events) {
    const key = `${event.id} ${event.kind}`;
    records.set(key, [...(records.get(key) ?? []), event]);
  }
  for (const [key, found] of records) if (found.length > 1) violations.push(`there ${found.length} times: ${key}`);

  const events = reports.filter((report): report is EventReport => 'id' in report);
  let missing = 0;
  let refused = 0;
  for (const { is, id, kind, delivery } of events) {
    const isThere = records.get(`${id} ${kind}`)?.some(({ status }) => kind !== 'outcome' || status === 'success');
    if (is === 'refused' && isThere) violations.push(`refused, and there: ${id} ${kind}`);
    if (is === 'refused' && kind !== 'intent') refused += 1;
    if (is !== 'acked' || isThere) continue;
    // Where the disk fails, and not the process, a buffered event may be lost, but never in silence.
    if (delivery === 'bestEffort' || (delivery === 'buffered' && !wasKilled)) missing += 1;
    else violations.push(`acknowledged, and lost: ${id} ${kind} (${delivery})`);
  }
  // Nobody can tell of a loss any more who was killed, or who never got to write again.
  const couldTell = !wasKilled && reports.some(({ is }) => is === 'closed');
  if (couldTell && trail.gapCount < missing + refused) {
    violations.push(`lost in silence: ${missing} missing and ${refused} refused, gaps of ${trail.gapCount}`);
  }
  return violations;
}
