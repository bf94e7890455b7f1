import type { OpenEndedCall } from './instrumentation';
import type { Outcome } from './outcome';
import type { Begin, RunningCall } from './running-call';

/** What is dropped half way tells nobody; its call ends when it is collected. */
const dropped = new FinalizationRegistry<PullCall>((call) => call.giveUp());

/** The call of a generator or cursor: it begins when the first row is asked for, and ends once. */
export class PullCall implements OpenEndedCall {
  /** Until it has ended; `undefined` as well where it runs bare. */
  running: RunningCall | undefined;
  isPassive = false;
  readonly #begin: Begin;
  #hasStarted = false;

  /** @param user what lives as long as somebody may ask for a row */
  constructor(user: object, begin: Begin) {
    this.#begin = begin;
    dropped.register(user, this);
  }

  get hasEnded(): boolean {
    return this.#hasStarted && this.running === undefined;
  }

  /** Begins the call, unless it has. */
  start(): void {
    if (this.#hasStarted) return;
    // Refused, it has not started: asked again, it asks again.
    this.running = this.#begin();
    this.#hasStarted = true;
    this.running?.instrumentation.openEnded.add(this);
  }

  /** Left before it began, it never does. */
  skip(): void {
    this.#hasStarted = true;
  }

  /** Several rows may be asked for at once; the first that finds the end ends the call. */
  end(threw: boolean, value: unknown, byDefault?: Outcome): void {
    const { running } = this;
    if (running === undefined) return;
    this.running = undefined;
    running.instrumentation.openEnded.delete(this);
    running.finish(threw, value, byDefault);
  }

  giveUp(): void {
    this.end(false, undefined, 'cancelled');
  }
}
