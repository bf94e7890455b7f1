import type { AuditHealth } from '../audit/audit-health';

/** What was known of one backend when it was last asked. */
interface Seen {
  losses: number;
  /** Since which count of written events it has lost nothing; `undefined` while nothing is known to be lost. */
  writtenAtLoss: number | undefined;
}

/**
 * Whether a trail is losing events. A backend that drops or refuses some is degraded until it has written one again and
 * lost no further one; one that is latched, as long as it is.
 */
export class TrailState {
  readonly #seen = new Map<string, Seen>();

  /** @returns why the trail is degraded; `undefined` where it is not */
  problemOf(health: AuditHealth | undefined, name = 'the audit trail'): string | undefined {
    if (health === undefined) return undefined;
    const members = Object.entries(health.members ?? {});
    // All are looked at, also where the first says enough: each has to know what it has lost so far.
    const problems = [
      this.#ownProblem(health, name),
      ...members.map(([member, each]) => this.problemOf(each, `${name}, ${member}`)),
    ];
    return problems.find((problem) => problem !== undefined);
  }

  #ownProblem({ latched, rejected, dropped, written }: AuditHealth, name: string): string | undefined {
    const lost = Object.values(dropped).reduce((sum, count) => sum + count, rejected);
    const seen = this.#seen.get(name) ?? { losses: 0, writtenAtLoss: undefined };
    this.#seen.set(name, seen);
    if (lost > seen.losses) {
      seen.losses = lost;
      seen.writtenAtLoss = written;
    } else if (seen.writtenAtLoss !== undefined && written > seen.writtenAtLoss) seen.writtenAtLoss = undefined;
    if (latched !== undefined) return `${name} takes nothing more: ${latched}`;
    if (seen.writtenAtLoss === undefined) return undefined;
    return `${name} has lost or refused ${lost} events, and written none since the last of them`;
  }
}
