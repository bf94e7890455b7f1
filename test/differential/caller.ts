import type { Seen, Strand, World } from './world';

/** Who has made one call and uses what it gave: everything that is seen goes into the strand. */
export class Caller {
  readonly world: World;
  readonly strand: Strand;
  /** Whether it has to get the very object that the method gave. */
  readonly keepsIdentity: boolean;
  /** How many turns of the microtask queue have passed since the call. */
  readonly turns: () => number;

  constructor(world: World, strand: Strand, keepsIdentity: boolean, turns: () => number) {
    this.world = world;
    this.strand = strand;
    this.keepsIdentity = keepsIdentity;
    this.turns = turns;
  }

  log(text: string, ...values: unknown[]): void {
    this.world.log(this.strand, text + values.map((value) => this.world.describe(value)).join(', '));
  }

  /** A use of the result has ended. */
  saw(threw: boolean, error?: unknown): void {
    this.strand.seen?.push(threw ? { threw, error } : { threw });
  }

  /** The caller has left it before its end. */
  left(how: Partial<Seen> = {}): void {
    this.strand.seen?.push({ threw: false, isCancelled: true, ...how });
  }

  /** It is still open, and nobody will say that it has ended. */
  leftOpen(): void {
    this.left({ isGivenUp: true });
  }

  /** Nothing is seen of how the call ends. */
  lookAway(): void {
    this.strand.seen = undefined;
  }

  /** Awaits one use of a result. */
  async wait(awaitable: PromiseLike<unknown>): Promise<void> {
    try {
      this.log('awaited ', await awaitable);
      this.saw(false);
    } catch (error) {
      this.log('awaited, rejected ', error);
      this.saw(true, error);
    }
  }

  begin(work: Promise<unknown>): void {
    this.world.pending += 1;
    const done = (): void => void (this.world.pending -= 1);
    work.then(done, (error: unknown) => {
      this.log('ended with ', error);
      done();
    });
  }

  /** Waits for some turns of the event loop, or until something has happened. */
  async rest(turns: number, isOver: () => boolean = () => false): Promise<void> {
    for (; turns > 0 && !isOver(); turns -= 1) await new Promise((resolve) => setImmediate(resolve));
  }
}
