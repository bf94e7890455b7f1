import { Readable } from 'node:stream';
import type { OpenEndedCall } from './instrumentation';
import type { Outcome } from './outcome';
import type { RunningCall } from './running-call';
import type { StreamEnd } from './stream-state';

/** How a call asks its stream how it is doing; a probe does not hold on to the stream. */
export interface StreamProbe {
  /** The calls of the same stream that have not ended. */
  readonly calls: Set<StreamCall>;
  /** Whether the stream may end without an event. */
  readonly isSilent: boolean;
  /** How the stream has ended, judged by its state. */
  endOf(stream: object): StreamEnd;
  /** Whether the stream has ended; where its family does not say, whether it was destroyed before it was last asked. */
  isOver(stream: object): boolean;
  /** Whether anybody has begun to read. */
  isBegun(stream: object): boolean;
}

/** How often a stream that may end without an event is looked at, in milliseconds. */
const lookMs = 1000;

/** A stream that is dropped tells nobody; its call ends when the stream is collected. */
const dropped = new FinalizationRegistry<StreamCall>((call) => call.giveUp());

/**
 * The call whose result is a stream. It ends once: with the stream or, where that does not end, given up as cancelled.
 * It keeps neither the stream nor the process alive, since a stream that nobody reads may never end.
 */
export class StreamCall implements OpenEndedCall {
  /** Until the call has ended. */
  #running: RunningCall | undefined;
  readonly #result: WeakRef<object>;
  readonly #lifetime: WeakRef<object>;
  readonly #probe: StreamProbe | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #look: NodeJS.Timeout | undefined;

  /**
   * @param lifetime what lives as long as the stream is in use; where a pair is returned, one of the two
   * @param probe of a stream that can be asked
   */
  constructor(result: object, running: RunningCall, lifetime = result, probe?: StreamProbe) {
    const { parts, openEnded } = running.instrumentation;
    this.#running = running;
    this.#result = new WeakRef(result);
    this.#lifetime = new WeakRef(lifetime);
    this.#probe = probe;
    this.#timer = setInterval(onTime, parts.streamTimeoutMs, this).unref();
    if (probe?.isSilent === true) this.#look = setInterval(endIfOver, lookMs, this).unref();
    dropped.register(lifetime, this, this);
    openEnded.add(this);
  }

  /** The stream has ended, or failed; `byDefault` is the outcome where no classifier has another. */
  end(threw: boolean, value: unknown, byDefault?: Outcome): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    clearInterval(this.#timer);
    clearInterval(this.#look);
    this.#probe?.calls.delete(this);
    dropped.unregister(this);
    running.instrumentation.openEnded.delete(this);
    running.finish(threw, value, byDefault);
  }

  /** Ends it as the stream has: by its own error or, without one, by the outcome given there. */
  endAs(end: StreamEnd): void {
    if (end.threw) this.end(true, end.error);
    else this.end(false, this.#result.deref(), end.outcome);
  }

  /** Ends it where the stream has ended without saying so. */
  endIfOver(): void {
    const stream = this.#lifetime.deref();
    const probe = this.#probe;
    if (stream === undefined || probe === undefined) return;
    if (answerOf(() => probe.isOver(stream))) this.endAs(probe.endOf(stream));
  }

  giveUp(): void {
    const stream = this.#lifetime.deref();
    this.endAs((stream && this.#probe?.endOf(stream)) ?? { threw: false, outcome: 'cancelled' });
  }

  /** Its time has passed; who has begun to read may take longer. */
  onTime(): void {
    const stream = this.#lifetime.deref();
    if (stream === undefined) this.giveUp();
    else if (!answerOf(() => this.#probe?.isBegun(stream) ?? Readable.isDisturbed(stream as Readable))) this.giveUp();
  }
}

/** Out here, where a timer cannot hold on to more than the call. */
function onTime(call: StreamCall): void {
  call.onTime();
}

function endIfOver(call: StreamCall): void {
  call.endIfOver();
}

/** What a stream throws while it is looked at must not become an uncaught exception of a timer. */
function answerOf(look: () => boolean | undefined): boolean {
  try {
    return look() === true;
  } catch {
    return false;
  }
}
