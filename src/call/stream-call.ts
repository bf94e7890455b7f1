import { Readable } from 'node:stream';
import type { Outcome } from './outcome';
import type { RunningCall } from './running-call';

/** A stream that is dropped tells nobody; its call ends when the stream is collected. */
const dropped = new FinalizationRegistry<StreamCall>((call) => call.giveUp());

/**
 * The call whose result is a stream. It ends once: with the stream or, where that does not end, given up as cancelled.
 * It keeps neither the stream nor the process alive, since a stream that nobody reads may never end.
 */
export class StreamCall {
  /** Until the call has ended. */
  #running: RunningCall | undefined;
  readonly #result: WeakRef<object>;
  readonly #lifetime: WeakRef<object>;
  readonly #timer: NodeJS.Timeout;

  /** @param lifetime what lives as long as the stream is in use; where a pair is returned, one of the two */
  constructor(result: object, running: RunningCall, lifetime = result) {
    const { parts, openEnded } = running.instrumentation;
    this.#running = running;
    this.#result = new WeakRef(result);
    this.#lifetime = new WeakRef(lifetime);
    this.#timer = setInterval(onTime, parts.streamTimeoutMs, this);
    this.#timer.unref();
    dropped.register(lifetime, this, this);
    openEnded.add(this);
  }

  /** The stream has ended, or failed; `byDefault` is the outcome where no classifier has another. */
  end(threw: boolean, value: unknown, byDefault?: Outcome): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    clearInterval(this.#timer);
    dropped.unregister(this);
    running.instrumentation.openEnded.delete(this);
    running.finish(threw, value, byDefault);
  }

  giveUp(): void {
    this.end(false, this.#result.deref(), 'cancelled');
  }

  /** Its time has passed; who has begun to read may take longer. */
  onTime(): void {
    const stream = this.#lifetime.deref();
    if (stream === undefined || !Readable.isDisturbed(stream as Readable)) this.giveUp();
  }
}

/** Out here, where a timer cannot hold on to more than the call. */
function onTime(call: StreamCall): void {
  call.onTime();
}
