import { Readable } from 'node:stream';
import { NEVER, type Observable } from 'rxjs';
import { Observed } from '../../src/index';
import { startMemoryRuntime } from '../fixtures/memory-runtime';

class Endless {
  @Observed({ event: 'read' })
  *generator(): Generator<number> {
    for (let row = 0; ; row += 1) yield row;
  }

  @Observed({ event: 'read' })
  async *asyncGenerator(): AsyncGenerator<number> {
    for (let row = 0; ; row += 1) yield row;
  }

  @Observed({ event: 'read' })
  observable(): Observable<never> {
    return NEVER;
  }

  @Observed({ event: 'read' })
  stream(): Readable {
    return new Readable({ read: () => undefined });
  }

  @Observed({ event: 'read', callback: 'last' })
  callback(callback: () => void): void {
    held.push(callback);
  }
}

const held: unknown[] = [];

/** How each is left, half way. */
const uses: { readonly [Name in keyof Endless]: (endless: Endless) => unknown } = {
  generator: (endless) => {
    const rows = endless.generator();
    rows.next();
    return rows;
  },
  asyncGenerator: async (endless) => {
    const rows = endless.asyncGenerator();
    await rows.next();
    return [rows];
  },
  observable: (endless) => endless.observable().subscribe(),
  stream: (endless) => endless.stream(),
  callback: (endless) => endless.callback(() => undefined),
};

test.each(Object.keys(uses) as (keyof Endless)[])(
  'a %s that does not end is cancelled at the end of a shutdown',
  async (shape) => {
    // It says there that it was late.
    const errors = jest.spyOn(console, 'error').mockReturnValue();
    // A subscription is waited for a part of the time only; the rest has to do for a busy machine.
    const runtime = startMemoryRuntime({ shutdownTimeoutMs: shape === 'observable' ? 2_000 : 20 });
    held.push(await uses[shape](new Endless()));
    expect(runtime.events()).toEqual([]);
    expect(await runtime.trefoil.shutdown()).toMatchObject({ timedOut: shape !== 'observable' });
    errors.mockRestore();
    expect(runtime.events()).toMatchObject([{ status: 'cancelled', operation: `Endless.${shape}` }]);
  },
);
