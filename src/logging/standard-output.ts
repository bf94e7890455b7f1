import type { LineTarget } from './line-sink';

/** One of the process's two streams for output. */
export type OutputStream = 'stdout' | 'stderr';

/** A stream of the process, written to directly: the stream around it would hold lines back, and lose them with the process. */
export function standardStream(name: OutputStream): LineTarget {
  return {
    exporter: `log_${name}`,
    descriptor: () => (name === 'stdout' ? 1 : 2),
    settle: () => Promise.resolve(),
    close: () => undefined,
  };
}
