import * as fs from 'node:fs';
import { readOnly } from './safe-open';

/** A line of a file, with its line feed where it has one. The bytes are good until the next one is asked for. */
export interface ScannedLine {
  readonly bytes: Buffer;
  /** Where in the file it begins. */
  readonly offset: number;
}

const readBytes = 1_048_576;

/** The lines of a file, read piece by piece. */
export function* scanLines(path: string, pieceBytes = readBytes): Generator<ScannedLine> {
  const descriptor = fs.openSync(path, readOnly);
  try {
    yield* scanDescriptor(descriptor, pieceBytes);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The same of a file that is open. */
export function* scanDescriptor(descriptor: number, pieceBytes = readBytes): Generator<ScannedLine> {
  let buffer = Buffer.allocUnsafe(pieceBytes);
  let offset = 0;
  let held = 0;
  for (;;) {
    if (held === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.length)]);
    const read = fs.readSync(descriptor, buffer, held, buffer.length - held, offset + held);
    if (read === 0) break;
    const searched = held;
    held += read;
    let from = 0;
    let end = buffer.subarray(0, held).indexOf(0x0a, searched);
    while (end >= 0) {
      yield { bytes: buffer.subarray(from, end + 1), offset: offset + from };
      from = end + 1;
      end = buffer.subarray(0, held).indexOf(0x0a, from);
    }
    buffer.copyWithin(0, from, held);
    held -= from;
    offset += from;
  }
  if (held > 0) yield { bytes: buffer.subarray(0, held), offset };
}
