import { finished } from 'node:stream';
import type { Caller } from './caller';
import type { Use } from './features';
import type { Strand, World } from './world';

type Readable = ReadableStream<unknown>;
type Writable = WritableStream<unknown>;
export type AnyWebStream = Readable | Writable | TransformStream<unknown, unknown>;
type Kind = 'web stream' | 'failing web stream' | 'web stream of bytes' | 'writable web stream' | 'transform stream';

/** What a stream asks of its source or sink shows in the strand, with how much it wants. */
export function makeWebStream(world: World, strand: Strand, kind: Kind): AnyWebStream {
  const log = (text: string, ...values: unknown[]): void => {
    world.log(strand, text + values.map((value) => world.describe(value)).join(', '));
  };
  const fail = (): never => {
    throw world.make(strand, new Error('the web stream failed'), 'failure');
  };
  const cancel = (reason: unknown): void => {
    strand.isStopped = true;
    log('source cancelled ', reason);
  };
  let taken = 0;
  switch (kind) {
    case 'web stream':
    case 'failing web stream':
      return cleanedUp(
        world,
        new ReadableStream<unknown>(
          {
            pull(controller) {
              log('pulled ', controller.desiredSize);
              taken += 1;
              if (taken < 3) controller.enqueue(`chunk ${taken}`);
              else if (kind === 'web stream') controller.close();
              else fail();
            },
            cancel,
          },
          { highWaterMark: 2 },
        ),
      );
    case 'web stream of bytes':
      return cleanedUp(
        world,
        new ReadableStream({
          type: 'bytes',
          pull(controller) {
            log('pulled ', controller.desiredSize, byob(controller)?.view?.byteLength);
            taken += 1;
            if (taken < 3) return controller.enqueue(new Uint8Array([taken, taken]));
            controller.close();
            byob(controller)?.respond(0);
          },
          cancel,
        }),
      );
    case 'writable web stream':
      return new WritableStream({
        write(chunk) {
          log('written ', chunk);
          taken += 1;
          if (taken > 2) fail();
        },
        close: () => log('sink closed'),
        abort: (reason) => log('sink aborted ', reason),
      });
    case 'transform stream':
      return new TransformStream({
        transform(chunk, controller) {
          log('transformed ', chunk, controller.desiredSize);
          taken += 1;
          if (taken > 2) fail();
          controller.enqueue(chunk);
        },
        flush: () => log('flushed'),
      });
  }
}

interface ByobRequest {
  readonly view: ArrayBufferView | null;
  respond(bytes: number): void;
}

/** Declared as always missing by the types of Node. */
function byob(controller: object): ByobRequest | null | undefined {
  return (controller as { readonly byobRequest?: ByobRequest | null }).byobRequest;
}

function cleanedUp(world: World, stream: Readable): Readable {
  world.cleanUps.push(() => void (stream.locked ? undefined : stream.cancel().catch(() => undefined)));
  return stream;
}

/** Sees how a stream ends, without using it: as `finished()` of `node:stream` says, which takes a stop for an end. */
export function watchWebStream(caller: Caller, stream: AnyWebStream): void {
  const { world, strand } = caller;
  let said: { readonly error: unknown } | undefined;
  const side = stream instanceof TransformStream ? stream.readable : stream;
  finished(side as unknown as NodeJS.ReadableStream, (error) => (said = { error }));
  world.atRest.push(() => {
    const error = said?.error ?? undefined;
    if (said === undefined) caller.leftOpen();
    else if (strand.isStopped && (error === undefined || error === strand.lastValue)) {
      caller.left(error === undefined ? {} : { threw: true, error });
    } else if (error === undefined) caller.saw(false);
    else caller.saw(true, error);
  });
}

/** Uses a stream the way a caller might; what fails is caught, but for `late`, whose rejections nobody handles. */
export async function useWebStream(caller: Caller, stream: AnyWebStream, use: Use): Promise<void> {
  const user = new StreamUser(caller, use === 'inject');
  if (stream instanceof TransformStream) {
    if (use === 'complete' || use === 'early' || use === 'twice')
      await user.read(user.from(2).pipeThrough(stream), use);
    else if (use === 'late') await user.read(user.from(3).pipeThrough(stream), use);
    else if (use === 'inject') await user.read(stream.readable, use);
    else await user.write(stream.writable, use);
  } else if (stream instanceof WritableStream) {
    await user.write(stream, use);
  } else {
    await user.read(stream, use);
  }
}

class StreamUser {
  readonly #caller: Caller;
  readonly #reason: unknown;

  constructor(caller: Caller, hasReason: boolean) {
    const { world, strand } = caller;
    this.#caller = caller;
    if (hasReason) this.#reason = strand.lastValue = world.make(strand, {}, 'reason');
  }

  from(chunks: number): Readable {
    let left = chunks;
    return new ReadableStream({
      pull(controller) {
        left -= 1;
        if (left < 0) controller.close();
        else controller.enqueue(`given ${left}`);
      },
    });
  }

  async read(stream: Readable, use: Use): Promise<void> {
    switch (use) {
      case 'complete':
        await this.#drain(stream.getReader());
        break;
      case 'early':
        for await (const chunk of stream) {
          this.#log('data ', chunk);
          this.#stop();
          break;
        }
        break;
      case 'inject':
        this.#stop();
        await this.#see('cancelled', stream.cancel(this.#reason));
        break;
      case 'first':
        await this.#readOne(stream);
        break;
      case 'twice':
        await Promise.all(stream.tee().map((branch) => this.#drain(branch.getReader())));
        break;
      default:
        await this.#turns();
        void stream.pipeTo(new WritableStream({ write: (chunk) => this.#log('piped ', chunk) }));
        await this.#turns();
    }
    this.#log(`locked: ${stream.locked}`);
  }

  async write(stream: Writable, use: Use): Promise<void> {
    if (use === 'twice') return this.#see('piped', this.from(2).pipeTo(stream));
    const writer = stream.getWriter();
    if (use !== 'late') for (const promise of [writer.closed, writer.ready]) promise.catch(() => undefined);
    this.#log('wants ', writer.desiredSize);
    switch (use) {
      case 'complete':
      case 'early':
        await this.#see('ready', writer.ready);
        for (let count = use === 'early' ? 4 : 2; count > 0; count -= 1) await this.#see('wrote', writer.write(count));
        await this.#see('closed', writer.close());
        break;
      case 'inject':
      case 'first':
        this.#stop();
        await this.#see('aborted', writer.abort(this.#reason));
        break;
      default:
        await this.#turns();
        for (let count = 3; count > 0; count -= 1) void writer.write(count);
        await this.#turns();
    }
    writer.releaseLock();
  }

  /** With a buffer of its own where the stream takes one. */
  async #readOne(stream: Readable): Promise<void> {
    let isOfBytes = true;
    try {
      stream.getReader({ mode: 'byob' }).releaseLock();
    } catch {
      isOfBytes = false;
    }
    const reader = isOfBytes ? stream.getReader({ mode: 'byob' }) : stream.getReader();
    const step: unknown = await (isOfBytes
      ? (reader as ReadableStreamBYOBReader).read(new Uint8Array(3))
      : (reader as ReadableStreamDefaultReader<unknown>).read());
    this.#log('read ', step);
    const closed = this.#see('closed', reader.closed);
    await reader.cancel();
    await closed;
    reader.releaseLock();
  }

  async #drain(reader: ReadableStreamDefaultReader<unknown>): Promise<void> {
    const closed = this.#see('closed', reader.closed);
    try {
      let step = await reader.read();
      for (; !step.done; step = await reader.read()) this.#log('data ', step.value);
    } catch (error) {
      this.#log('failed ', error);
    }
    await closed;
  }

  async #see(what: string, promise: Promise<unknown>): Promise<void> {
    try {
      this.#log(`${what} `, await promise);
    } catch (error) {
      this.#log(`not ${what} `, error);
    }
  }

  /** Of a transform, nobody else is told. */
  #stop(): void {
    this.#caller.strand.isStopped = true;
  }

  #turns(): Promise<void> {
    return this.#caller.rest(5);
  }

  #log(text: string, ...values: unknown[]): void {
    this.#caller.log(text, ...values);
  }
}
