import { isPromise } from '../call/observe-promise';
import { whenRejected, type Diagnostics } from '../diagnostics';
import type { AuditBackend } from './audit-backend';

/** What callers know of a backend. */
export class AuditTally {
  /** Events that it did not take. */
  lost = 0;
  /** Events that it took while `isCounting`. */
  kept = 0;
  /** Only of one that is in trouble and cannot say itself how it is doing: others pay nothing for it. */
  isCounting = false;

  /** Counts an event by the answer of the backend. */
  count(answer: unknown): void {
    if (isPromise(answer)) {
      answer.then(
        () => void (this.kept += 1),
        () => undefined,
      );
    } else if (typeof answer !== 'object' || answer === null) this.kept += 1;
  }
}

/** Reports audit events that are lost, at `error`: they are not to be missed, whatever is logged. Counts them by backend. */
export class AuditLosses {
  readonly #diagnostics: Diagnostics;
  readonly #tallies = new WeakMap<AuditBackend, AuditTally>();

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  tallyOf(backend: AuditBackend): AuditTally {
    const known = this.#tallies.get(backend);
    if (known !== undefined) return known;
    const tally = new AuditTally();
    this.#tallies.set(backend, tally);
    return tally;
  }

  tell(backend: AuditBackend, where: string, cause: unknown): void {
    const tally = this.tallyOf(backend);
    tally.lost += 1;
    tally.isCounting = backend.health === undefined;
    this.#diagnostics.report('TREFOIL_BACKEND_FAILED', where, cause, 'error');
  }

  /** The same of an answer that is a promise, when it rejects: nobody else waits for it. */
  watch(backend: AuditBackend, where: string, answer: unknown): void {
    whenRejected(answer, (error) => this.tell(backend, where, error));
  }
}
