import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { Writable } from 'node:stream';
import { TrefoilError } from '../errors';

/**
 * A stream that appends to a file in the turn in which it is written to, so that no line is lost when the process ends,
 * however it ends. A write that fails loses its line and is told; it never becomes an error event, which nobody would
 * handle.
 *
 * @throws TrefoilError `TREFOIL_LOGGING_PATH` where the file cannot be written
 */
export function openFileStream(path: string, onWriteError: (error: unknown) => void): Writable {
  const descriptor = open(path);
  return new Writable({
    decodeStrings: true,
    write(chunk: Buffer, _encoding, done) {
      try {
        let written = 0;
        while (written < chunk.length) written += fs.writeSync(descriptor, chunk, written);
      } catch (error) {
        onWriteError(error);
      }
      done();
    },
    final(done) {
      fs.closeSync(descriptor);
      done();
    },
  });
}

function open(path: string): number {
  try {
    fs.mkdirSync(dirname(path), { recursive: true });
    return fs.openSync(path, 'a', 0o600);
  } catch (cause) {
    throw new TrefoilError(
      'TREFOIL_LOGGING_PATH',
      {
        attempted: 'Opening the log file',
        where: `logging.path ${path}`,
        why: (cause as Error).message,
        todo: 'Give logging.path a file that this process may write, or leave it out for standard output.',
      },
      { cause },
    );
  }
}
