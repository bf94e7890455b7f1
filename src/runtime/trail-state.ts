import type { AuditHealth } from '../audit/audit-health';
import type { AuditTally } from '../audit/audit-losses';
import { monotonicMs } from '../call/clock';
import { isHealth } from './audit-metrics';

/** After so long without a loss a trail counts as well again, in milliseconds: without requests it has nothing to write. */
const quietMs = 60_000;

/** What was known of one backend when it was last asked. */
interface Seen {
  losses: number;
  /** Since which count of written events it has lost nothing; `undefined` while nothing is known to be lost. */
  writtenAtLoss: number | undefined;
  /** When its last loss was seen. */
  at: number;
}

/** What tells whether a backend loses events. */
type Counts = Pick<AuditHealth, 'rejected' | 'dropped' | 'written' | 'latched' | 'refusing' | 'members'>;

const top = 'the audit trail';

/**
 * Whether a trail is losing events. A backend that drops or refuses some is degraded until it has written one again and
 * lost no further one, or has lost none for a minute; one that is latched, or refuses all for now, as long as it does.
 */
export class TrailState {
  readonly #seen = new Map<string, Seen>();
  readonly #tally: AuditTally;
  readonly #now: () => number;

  /**
   * @param health at the beginning: what was lost before is not this runtime's
   * @param tally what callers know of a backend that cannot say itself how it is doing
   */
  constructor(health: AuditHealth | undefined, tally: AuditTally, now: () => number = monotonicMs) {
    this.#tally = tally;
    this.#now = now;
    if (health !== undefined) this.#begin(health, top);
  }

  /** @returns why the trail is degraded; `undefined` where it is not */
  problemOf(health: AuditHealth | undefined): string | undefined {
    if (health !== undefined) return this.#problemOf(health, top);
    const { lost: rejected, kept: written } = this.#tally;
    const problem = this.#problemOf({ rejected, written, dropped: {} }, top);
    if (problem === undefined) this.#tally.isCounting = false;
    return problem;
  }

  #begin(counts: Counts, name: string): void {
    this.#seen.set(name, { losses: lossesOf(counts), writtenAtLoss: undefined, at: 0 });
    for (const [member, each] of membersOf(counts)) this.#begin(each, `${name}, ${member}`);
  }

  #problemOf(counts: Counts, name: string): string | undefined {
    // All are looked at, also where the first says enough: each has to know what it has lost so far.
    const problems = [
      this.#ownProblem(counts, name),
      ...membersOf(counts).map(([member, each]) => this.#problemOf(each, `${name}, ${member}`)),
    ];
    return problems.find((problem) => problem !== undefined);
  }

  #ownProblem(counts: Counts, name: string): string | undefined {
    const { latched, refusing, written } = counts;
    const losses = lossesOf(counts);
    const seen = this.#seen.get(name) ?? { losses: 0, writtenAtLoss: undefined, at: 0 };
    this.#seen.set(name, seen);
    if (losses > seen.losses) Object.assign(seen, { losses, writtenAtLoss: written, at: this.#now() });
    else if (this.#isOver(seen, written)) seen.writtenAtLoss = undefined;
    if (latched !== undefined) return `${name} takes nothing more: ${latched}`;
    if (refusing !== undefined) return `${name} refuses events: ${refusing}`;
    if (seen.writtenAtLoss === undefined) return undefined;
    return `${name} has lost or refused ${losses} events, and written none since the last of them`;
  }

  #isOver({ writtenAtLoss, at }: Seen, written: number): boolean {
    return writtenAtLoss !== undefined && (written > writtenAtLoss || this.#now() - at >= quietMs);
  }
}

function lossesOf({ rejected, dropped }: Counts): number {
  return Object.values(dropped).reduce((sum, count) => sum + count, rejected);
}

function membersOf({ members }: Counts): [string, AuditHealth][] {
  return Object.entries(members ?? {}).filter(([, member]) => isHealth(member));
}
