declare module 'readable-stream-2' {
  import stream = require('node:stream');
  export = stream;
}
declare module 'readable-stream-3' {
  import stream = require('node:stream');
  export = stream;
}
declare module 'readable-stream-4' {
  import stream = require('node:stream');
  export = stream;
}
declare module 'duplexify' {
  import type { Duplex } from 'node:stream';
  export default function duplexify(writable: unknown, readable: unknown, options?: object): Duplex;
}
declare module 'from2' {
  import type { Readable } from 'node:stream';
  type Next = (error: Error | null, row?: unknown) => void;
  export default function from2(options: object, read: (size: number, next: Next) => void): Readable;
}
declare module 'through2-2' {
  import through2 = require('through2-4');
  export = through2;
}
declare module 'through2-4' {
  import type { Transform } from 'node:stream';
  type Done = (error?: Error | null, row?: unknown) => void;
  function through2(options: object, transform: (row: unknown, encoding: string, done: Done) => void): Transform;
  export = through2;
}
