import { types } from 'node:util';
import { isRecording, type Use } from './features';
import type { RandomCase, RandomMethod } from './random-case';

/** What happens in one line of execution; lines that run at the same time are compared one by one. */
export interface Strand {
  readonly name: string;
  readonly events: string[];
  /** How many promises on the way may have been replaced by derived ones. */
  derived: number;
  /** Under durable and strict delivery, the caller also waits for the record. */
  waitsForRecord: boolean;
  turns: number[];
  objects: number;
  calls: number;
  /** How many calls it is inside of. */
  readonly depth: number;
  /** The strand that has called it. */
  readonly caller: Strand | undefined;
  /** The methods whose bodies have begun, each time. */
  readonly entered: RandomMethod[];
  /** Whether the call itself has given something. */
  hasReturned: boolean;
  /** The value that a body has made last, and the error that its result failed with. */
  lastValue: unknown;
  lastFailure: unknown;
  /** How each use of a result ended, to the caller's eyes; `undefined` where the caller has not seen it. */
  seen: Seen[] | undefined;
  /** Whether the caller has stopped a web stream before its end. */
  isStopped: boolean;
  /** Whether trefoil cannot know the receiver, and so may leave its calls unrecorded. */
  isBlind: boolean;
  /** The method that it calls, and how it uses what that gives. */
  method: RandomMethod | undefined;
  use: Use | undefined;
  /** The other decorated method whose result the method has given on. */
  sibling: RandomMethod | undefined;
}

/** One use of a result: a call that is to be recorded. */
export interface Seen {
  readonly threw: boolean;
  /** What was thrown, where it was. */
  readonly error?: unknown;
  /** Left before its end. */
  readonly isCancelled?: boolean;
  /** By nobody's word: it stayed open until it was given up. */
  readonly isGivenUp?: boolean;
  /** By the call of the method itself, before it gave anything. */
  readonly isAtCall?: boolean;
}

/** How often the body of a method has begun. */
export function timesEntered({ entered }: Strand, method: RandomMethod): number {
  return entered.filter((each) => each === method).length;
}

let runs = 0;

/** One run of a case, and everything that a caller can observe in it. */
export class World {
  readonly strands: Strand[] = [];
  /** Tells its records from those of other runs. */
  readonly id = (runs += 1);
  /** The order of whatever happens while a caller's own code runs, over all strands. */
  readonly order: string[] = [];
  readonly counts = new Map<string, number>();
  readonly rejections: string[] = [];
  readonly cleanUps: (() => void)[] = [];
  /** What is to be seen when everything has come to rest. */
  readonly atRest: (() => void)[] = [];
  /** What calls have given: nothing of it is to be garbage-collected before its records are read. */
  readonly kept: unknown[] = [];
  readonly shared = new Map<number, Promise<unknown>>();
  #isAtRest = false;
  #names = new Map<unknown, string>();
  current: Strand = this.strand('start');
  isInTurn = false;
  /** What is wrong with its records. */
  wrongRecord: string | undefined;
  /** Whether its records are compared with what its callers saw. */
  readonly isRecorded: boolean;
  pending = 0;

  constructor({ state }: RandomCase) {
    this.isRecorded = isRecording(state);
  }

  strand(name: string, depth = 0, caller?: Strand): Strand {
    const strand: Strand = {
      ...{ name, events: [], derived: 0, waitsForRecord: false, turns: [], objects: 0, calls: 0, depth },
      ...{
        caller,
        entered: [],
        hasReturned: false,
        lastValue: undefined,
        lastFailure: undefined,
        seen: [],
        isStopped: false,
      },
      ...{ isBlind: caller?.isBlind ?? false, method: undefined, use: undefined, sibling: undefined },
    };
    this.strands.push(strand);
    return strand;
  }

  log(strand: Strand, event: string): void {
    if (this.#isAtRest && strand.name !== 'start') return;
    strand.events.push(event);
    if (this.isInTurn) this.order.push(`${strand.name}: ${event}`);
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** Gives an object the name that its twin in another run has. */
  register<Value>(value: Value, name: string): Value {
    this.#names.set(value, name);
    return value;
  }

  /** The same, for what is made in the course of a strand. */
  make<Value>(strand: Strand, value: Value, what: string): Value {
    return this.register(value, `${what} ${strand.name}.${(strand.objects += 1)}`);
  }

  /** Counts the turns of the microtask queue until it is stopped. */
  clock(): () => number {
    let turns = 0;
    let isRunning = true;
    const tick = (): void => {
      if (!isRunning || turns === 200) return;
      turns += 1;
      queueMicrotask(tick);
    };
    queueMicrotask(tick);
    return () => {
      isRunning = false;
      return turns;
    };
  }

  isKnown(value: unknown): boolean {
    return this.#names.has(value);
  }

  /** Tells values apart: by identity where the object is known, else by what can be seen of it. */
  describe(value: unknown): string {
    if ((typeof value === 'object' && value !== null) || typeof value === 'function' || typeof value === 'symbol') {
      return this.#names.get(value) ?? this.#unknown(value);
    }
    return Object.is(value, -0) ? 'number -0' : `${typeof value} ${String(value)}`;
  }

  #unknown(value: object | symbol): string {
    if (typeof value === 'symbol') return value.toString();
    if (types.isProxy(value)) return 'an unknown proxy';
    if (types.isNativeError(value)) return `${value.name}: ${value.message}`;
    if (types.isPromise(value)) return 'an unknown promise';
    if (Array.isArray(value)) return `[${value.map((each) => this.describe(each)).join(', ')}]`;
    const tag = Object.prototype.toString.call(value);
    if (typeof value === 'function') return tag;
    const fields = Reflect.ownKeys(value).map((key) => `${String(key)}: ${this.describe(Reflect.get(value, key))}`);
    return `${tag} {${fields.join(', ')}}`;
  }

  /** Waits until everything that was begun has ended, and what is unhandled has been reported. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 3 || (this.pending > 0 && turn < 60); turn += 1) {
      await new Promise((resolve) => (turn < 30 ? setImmediate(resolve) : setTimeout(resolve, 2)));
    }
    if (this.pending > 0) this.order.push(`${this.pending} never ended`);
    for (const see of this.atRest) see();
    // What a clean-up brings about is no part of the run.
    this.#isAtRest = true;
    for (const cleanUp of this.cleanUps) cleanUp();
  }
}
