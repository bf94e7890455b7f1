import { errorMonitor } from 'node:events';
import { finished, PassThrough, Readable, type Duplex } from 'node:stream';
import type { Caller } from './caller';
import type { Kind, Use } from './features';
import { shapeOf } from './node-streams';
import type { RandomMethod } from './random-case';
import type { Seen } from './world';

/** Built on `readable-stream` 2, where what is destroyed with an error may emit its end before that. */
const ofVersion2: readonly Kind[] = ['stream of readable-stream 2', 'stream of from2', 'stream of through2 2'];

/** What is destroyed there may go on to its end, or end in silence: `finished()` takes either for complete. */
const older: ReadonlySet<Kind> = new Set([
  ...ofVersion2,
  'stream of readable-stream 3',
  'stream of duplexify',
  'stream of through2 4',
]);

const premature = 'ERR_STREAM_PREMATURE_CLOSE';

/** Uses a stream of any family. How it ends is what `finished()` of `node:stream` says, which the record is held against. */
export async function useStream(caller: Caller, method: RandomMethod, given: Readable, use: Use): Promise<void> {
  if (use === 'forget') return caller.leftOpen();
  const user = new StreamUser(caller, method, given as Duplex);
  user.watch(method, use !== 'late');
  await user.use(use);
  await caller.rest(15, () => user.said !== undefined);
  const { destroyed, readableEnded, errored } = given;
  caller.log(`${destroyed} ${readableEnded} ${errored === null}`);
}

class StreamUser {
  said: Seen | undefined;
  readonly #caller: Caller;
  readonly #stream: Duplex;
  readonly #isRead: boolean;
  readonly #isWritten: boolean;
  readonly #isOlder: boolean;
  #wasDestroyed = false;
  /** The events that its halves have still to end with; what comes after its close is too late. */
  readonly #open: Set<string>;
  #isClosed = false;
  #failure: Seen | undefined;

  constructor(caller: Caller, method: RandomMethod, stream: Duplex) {
    const shape = shapeOf(method);
    this.#caller = caller;
    this.#stream = stream;
    this.#isRead = shape?.isReadable ?? true;
    // The body has written already what a pass-through gives.
    this.#isWritten = shape?.isWritable ?? false;
    this.#isOlder = older.has(method.kind);
    this.#open = new Set([...(this.#isRead ? ['end'] : []), ...(this.#isWritten ? ['finish'] : [])]);
  }

  /** @param handles whether errors are handled; where not, they stay fatal, and `finished()` would handle them */
  watch(method: RandomMethod, handles: boolean): void {
    const { world } = this.#caller;
    for (const event of ['end', 'finish', 'close']) {
      this.#stream.on(event, () => {
        this.#caller.log(event);
        this.#isClosed ||= event === 'close';
        // Of version 2, an end that comes of the destroying counts for nothing.
        if (!this.#isClosed && !(ofVersion2.includes(method.kind) && this.#wasDestroyed)) this.#open.delete(event);
      });
    }
    if (handles) {
      this.#stream.on('error', (error) => {
        this.#caller.log('error ', error);
        if (ofVersion2.includes(method.kind)) this.#failure ??= { threw: true, error };
      });
      finished(this.#stream, (error) => {
        if (error === undefined || error === null) this.said = { threw: false };
        else if (error.code === premature) this.said = { threw: false, isCancelled: true };
        else this.said = { threw: true, error };
      });
    } else {
      this.#watchEvents();
    }
    world.atRest.push(() => this.#see());
  }

  #watchEvents(): void {
    this.#stream.on(errorMonitor, (error) => (this.said ??= { threw: true, error }));
    for (const event of ['end', 'finish']) {
      this.#stream.on(event, () => {
        if (this.#open.size === 0) this.said ??= { threw: false };
      });
    }
  }

  #see(): void {
    const said = this.#failure ?? this.said;
    const isCut = this.#isOlder && this.#wasDestroyed && said?.threw !== true && this.#open.size > 0;
    if (said === undefined || isCut) this.#caller.leftOpen();
    else this.#caller.strand.seen?.push(said);
  }

  async use(use: Use): Promise<void> {
    const stream = this.#stream;
    switch (use) {
      case 'complete':
        if (this.#isRead) stream.on('data', (chunk) => this.#caller.log('data ', chunk));
        return this.#write();
      case 'early':
        if (!this.#isRead || !(Symbol.asyncIterator in stream)) return this.#leave();
        this.#write();
        for await (const chunk of stream) {
          this.#caller.log('data ', chunk);
          this.#wasDestroyed = true;
          return;
        }
        return;
      case 'inject':
        stream.destroy(this.#caller.world.make(this.#caller.strand, new Error('destroyed'), 'destroyed'));
        return;
      case 'first':
        return this.#leave();
      case 'twice':
        return this.#pipe();
      default:
        await this.#caller.rest(1);
        if (this.#isRead) stream.resume();
        return this.#write();
    }
  }

  #write(): void {
    if (!this.#isWritten) return;
    for (const row of ['a', 'b']) this.#stream.write(row);
    this.#stream.end();
  }

  /** Leaves it after the first chunk. */
  #leave(): void {
    const destroy = (): void => {
      this.#wasDestroyed = true;
      this.#stream.destroy();
    };
    if (this.#isRead) {
      this.#stream.once('data', (chunk) => {
        this.#caller.log('data ', chunk);
        destroy();
      });
      this.#write();
    } else {
      this.#stream.write('a');
      destroy();
    }
  }

  #pipe(): void {
    if (this.#isRead) {
      const piped = this.#stream.pipe(new PassThrough({ objectMode: true }));
      piped.on('data', (chunk) => this.#caller.log('piped ', chunk));
      piped.on('end', () => this.#caller.log('piped to the end'));
      this.#write();
    } else {
      Readable.from(['a', 'b']).pipe(this.#stream);
    }
  }
}
