import { PassThrough, Readable } from 'node:stream';
import { streamFamilies, type AnyStream, type StreamFamily } from '../fixtures/stream-families';
import type { RandomMethod } from './random-case';
import type { Strand, World } from './world';

/** Which shape of a package's streams a method gives, where it gives one of a package. */
export function shapeOf({ kind, length }: RandomMethod): StreamFamily | undefined {
  if (!kind.startsWith('stream of ')) return undefined;
  const name = kind.slice('stream of '.length);
  const shapes = streamFamilies.filter((each) =>
    name === 'node' ? each.isOfNode === true : each.name.startsWith(name),
  );
  return shapes[length % shapes.length];
}

/** The stream that a method gives; at the end of its run it is destroyed. */
export function makeNodeStream(world: World, strand: Strand, method: RandomMethod): AnyStream {
  const stream = world.make(strand, newStream(world, strand, method), method.kind);
  world.cleanUps.push(() => void stream.on('error', () => undefined).destroy());
  return stream;
}

function newStream(world: World, strand: Strand, method: RandomMethod): AnyStream {
  const fail = (): Error => world.make(strand, new Error('the stream failed'), 'failure');
  switch (method.kind) {
    case 'readable':
    case 'failing readable': {
      let left = 3;
      return new Readable({
        objectMode: true,
        read() {
          left -= 1;
          if (left > 0) this.push(`chunk ${left}`);
          else if (method.kind === 'failing readable') this.destroy(fail());
          else this.push(null);
        },
      });
    }
    case 'pass-through': {
      const stream = new PassThrough({ objectMode: true });
      stream.write('chunk 1');
      stream.end('chunk 2');
      return stream;
    }
    default: {
      const { ending } = method;
      const failure = ending.startsWith('fails') ? { failure: fail() } : {};
      const close = ending.endsWith('without close') ? { emitClose: false } : {};
      return (shapeOf(method) as StreamFamily).make({ ...failure, ...close });
    }
  }
}
