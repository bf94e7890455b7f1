import * as v from 'valibot';
import type { Delivery } from '../call/delivery';
import { callable } from '../option-values';
import { checkOptions } from '../validate-options';
import { canDeliver, strongest, type AuditBackend, type AuditGuarantees } from './audit-backend';
import { auditBackend } from './audit-backend-option';
import type { AuditEvent } from './audit-event';
import { filterEvents, type AuditFilter } from './audit-filter';
import type { AuditHealth } from './audit-health';
import { settleAll, settleEach, type Attempt } from './settle-attempts';
import { handsOnTo, reportLoss } from './handed-on';
import { tell } from './tell-listener';

/** Settings of a {@link CompositeAuditBackend}. */
export interface CompositeAuditBackendOptions {
  /** At least one; each gets every event. They are flushed and closed together with the composite. */
  readonly backends: readonly AuditBackend[];
  /**
   * Who has to have taken an event: all of them, or any that can give the delivery asked for (one that forgets its events
   * with the process counts only where all do). Default `all`.
   */
  readonly require?: 'any' | 'all';
  /** Told of each event that one of them did not take. Must not throw. Default: they are only counted. */
  readonly onError?: (backend: AuditBackend, error: unknown) => void;
}

const optionsSchema = v.strictObject({
  backends: v.pipe(
    v.array(auditBackend),
    v.check((backends) => backends.length > 0, 'at least one backend'),
  ),
  require: v.optional(v.picklist(['any', 'all'])),
  onError: v.optional(callable<(backend: AuditBackend, error: unknown) => void>()),
});

/** One of the backends behind a composite, under a name of its own. */
interface Member {
  readonly name: string;
  readonly backend: AuditBackend;
  /** Whether it keeps its events at least as long as any other does. */
  readonly keeps: boolean;
  taken: number;
  failed: number;
}

/**
 * Gives every event to several backends. One that throws, rejects or hangs keeps no event from the others. It guarantees
 * what the strongest member does that keeps its events, since nothing is taken that this one has not taken; a member that
 * can do less is asked for the best it can. A query asks the first that can answer.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`, also without any backend
 *
 * @example
 * ```ts
 * import { CompositeAuditBackend, FileAuditBackend, InMemoryAuditBackend } from 'trefoil';
 *
 * const audit = new CompositeAuditBackend({
 *   backends: [new InMemoryAuditBackend({ maxEvents: 1_000 }), new FileAuditBackend({ path: 'var/audit' })],
 *   require: 'any',
 *   onError: (backend, error) => console.error(`${backend.name} did not take an event`, error),
 * });
 * await audit.close();
 * ```
 */
export class CompositeAuditBackend implements AuditBackend {
  readonly name: string = 'composite';
  readonly guarantees: AuditGuarantees;
  /** There only where enough of the members can write synchronously. */
  readonly logSync?: (event: AuditEvent, delivery?: Delivery) => void;
  readonly #members: readonly Member[];
  readonly #requiresAll: boolean;
  readonly #onError: (backend: AuditBackend, error: unknown) => void;
  #accepted = 0;
  #rejected = 0;
  #closing: Promise<void> | undefined;

  constructor(options: CompositeAuditBackendOptions) {
    const {
      backends,
      require = 'all',
      onError = () => undefined,
    } = checkOptions(optionsSchema, options, 'CompositeAuditBackend');
    this.#requiresAll = require === 'all';
    this.#onError = onError;
    handsOnTo(this, backends);
    const volatile = backends.every(({ guarantees }) => guarantees.volatile);
    const keeping = backends.filter(({ guarantees }) => volatile || !guarantees.volatile);
    const delivery = strongest(keeping.map(({ guarantees }) => guarantees.delivery));
    this.guarantees = { delivery, volatile };
    this.#members = backends.map((backend, index) => ({
      name: nameAmong(backends, index),
      backend,
      keeps: keeping.includes(backend),
      taken: 0,
      failed: 0,
    }));
    const writesAtOnce = (backend: AuditBackend): boolean => backend.logSync !== undefined;
    const isStrongest = ({ guarantees }: AuditBackend): boolean => canDeliver(guarantees, delivery);
    if (this.#requiresAll ? backends.every(writesAtOnce) : keeping.filter(isStrongest).some(writesAtOnce)) {
      this.logSync = (event, wanted = 'buffered') => this.#logSync(event, wanted);
    }
  }

  log(event: AuditEvent, delivery: Delivery = 'buffered'): void | Promise<void> {
    const attempts = this.#members.map((member) =>
      this.#attempt(member, delivery, this.#requiresAll, (asked) => member.backend.log(event, asked)),
    );
    const settled = this.#settle(attempts);
    if (settled === undefined) return void (this.#accepted += 1);
    return settled.then(() => void (this.#accepted += 1), this.#refuse);
  }

  query(filter: AuditFilter = {}): AsyncIterable<AuditEvent> {
    const first = this.#members.find(({ backend }) => backend.query !== undefined);
    return first?.backend.query?.(filter) ?? filterEvents([], filter);
  }

  health(): AuditHealth {
    const members = this.#members.map(({ name, backend, taken, failed }): [string, AuditHealth] => [
      name,
      backend.health?.() ?? { accepted: taken, written: taken, dropped: {}, rejected: failed },
    ]);
    const [accepted, rejected] = [this.#accepted, this.#rejected];
    return { accepted, written: accepted, dropped: {}, rejected, members: Object.fromEntries(members) };
  }

  flush(): Promise<void> {
    return this.#together((backend) => backend.flush());
  }

  /** Closing twice does no harm. */
  close(): Promise<void> {
    return (this.#closing ??= this.#together((backend) => backend.close()));
  }

  #logSync(event: AuditEvent, delivery: Delivery): void {
    const attempts = this.#members.map((member): Attempt => {
      const { backend } = member;
      const attempt = this.#attempt(member, delivery, false, (asked) =>
        backend.logSync === undefined ? backend.log(event, asked) : backend.logSync(event, asked),
      );
      // Nobody can wait for it here, so it does not count.
      return attempt.pending === undefined ? attempt : { counts: false };
    });
    void this.#settle(attempts);
    this.#accepted += 1;
  }

  /** Never throws: what a member does wrong is its own. */
  #attempt(
    member: Member,
    delivery: Delivery,
    /** Whether the caller waits for every member, and so is told of one that fails later. */
    isWaitedFor: boolean,
    log: (delivery: Delivery) => void | Promise<void>,
  ): Attempt {
    const { backend, keeps } = member;
    const isAble = canDeliver(backend.guarantees, delivery);
    const counts = keeps && isAble;
    const failed = (error: unknown, isTold: boolean): void => {
      member.failed += 1;
      tell(() => this.#onError(backend, error));
      if (!isTold) reportLoss(this, error);
    };
    try {
      const returned: unknown = log(isAble ? delivery : backend.guarantees.delivery);
      if (!isThenable(returned)) {
        member.taken += 1;
        return { counts };
      }
      const pending = Promise.resolve(returned).then(
        () => void (member.taken += 1),
        (error: unknown) => {
          failed(error, isWaitedFor);
          throw error;
        },
      );
      // Where nobody waits for it, it has been told all the same.
      pending.catch(() => undefined);
      return { counts, pending };
    } catch (error) {
      failed(error, this.#requiresAll);
      return { counts, failure: { error } };
    }
  }

  #settle(attempts: readonly Attempt[]): Promise<void> | undefined {
    try {
      return this.#requiresAll ? settleAll(attempts) : settleEach(attempts.filter(({ counts }) => counts));
    } catch (error) {
      return this.#refuse(error);
    }
  }

  readonly #refuse = (error: unknown): never => {
    this.#rejected += 1;
    throw error;
  };

  async #together(run: (backend: AuditBackend) => Promise<void>): Promise<void> {
    const attempts = this.#members.map(({ backend, keeps }) => ({ counts: keeps, pending: started(run, backend) }));
    await Promise.allSettled(attempts.map(({ pending }) => pending));
    await (this.#requiresAll ? settleAll(attempts) : settleEach(attempts.filter(({ counts }) => counts)));
  }
}

/** One that fails at once has no less begun than one that fails later. */
async function started(run: (backend: AuditBackend) => Promise<void>, backend: AuditBackend): Promise<void> {
  await run(backend);
}

function isThenable(returned: unknown): returned is PromiseLike<unknown> {
  return typeof returned === 'object' && returned !== null && 'then' in returned;
}

/** Several of a kind are told apart by their place: `file`, `file-2`. */
function nameAmong(backends: readonly AuditBackend[], index: number): string {
  const name = backends[index]?.name ?? '';
  const before = backends.slice(0, index).filter((other) => other.name === name).length;
  return before === 0 ? name : `${name}-${before + 1}`;
}
