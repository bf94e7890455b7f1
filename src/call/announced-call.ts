import type { OpenEndedCall } from './instrumentation';
import type { Begin, RunningCall } from './running-call';

/** A query that nobody can run any more never will. */
const dropped = new FinalizationRegistry<AnnouncedCall>((call) => call.giveUp());

/**
 * A call whose intent was on record before its method returned something that has yet to be put to work, such as a query
 * builder: the first run is that call. Where there is none, it is cancelled: it has had no effect.
 */
export class AnnouncedCall implements OpenEndedCall {
  /** Until the result is put to work. */
  #running: RunningCall | undefined;

  private constructor(running: RunningCall) {
    this.#running = running;
  }

  /** What begins the calls of a lazy result: the first is the one that is announced, and others begin `again`. */
  static first(running: RunningCall, again: Begin): { readonly begin: Begin; readonly open: () => void } {
    const call = new AnnouncedCall(running);
    const begin: Begin = () => call.#take() ?? again();
    const open = (): void => {
      running.instrumentation.announced.add(call);
      running.instrumentation.leave();
      // Whatever stands in for the result holds on to `begin`, and nothing else does.
      dropped.register(begin, call, call);
    };
    return { begin, open };
  }

  giveUp(): void {
    this.#take()?.finish(false, undefined, 'cancelled');
  }

  #take(): RunningCall | undefined {
    const running = this.#running;
    if (running === undefined) return undefined;
    this.#running = undefined;
    dropped.unregister(this);
    running.instrumentation.announced.delete(this);
    running.instrumentation.enter();
    return running;
  }
}
