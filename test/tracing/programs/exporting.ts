// A service whose spans are exported; it is told by lines of its standard input what to do, and answers each by a line.
import 'reflect-metadata';
import { createInterface } from 'node:readline';
import { ROOT_CONTEXT, trace, ValueType, type Attributes, type TraceState } from '@opentelemetry/api';
import { container } from 'tsyringe';
import {
  currentCall,
  initializeObservability,
  Observed,
  runWithContext,
  Store,
  SpanKind,
  Traced,
} from '../../../src/index';
import type { TrefoilOptions } from '../../../src/index';

@Store({ name: 'orders', type: 'postgresql', id: 'orders-1' })
class OrderStore {
  @Traced({ kind: SpanKind.CLIENT })
  @Observed({ event: 'read', item: (id: string) => id })
  async get(id: string): Promise<string> {
    currentCall().addEvent('cache.miss', { key: id });
    await this.load(id);
    return id;
  }

  @Observed({ event: 'read' })
  async load(id: string): Promise<string> {
    trace.getActiveSpan()?.setAttribute('rows', 3);
    await Promise.resolve();
    return id;
  }

  @Observed({ event: 'read', item: (half: string) => half })
  odd(half: string): void {
    const span = trace.getActiveSpan();
    span?.setAttributes(oddAttributes).addEvent(`event ${half}`, oddAttributes).updateName(`name ${half}`);
    span?.addLink({ context: { traceId: 'no id', spanId: half, traceFlags: 1 } });
    span?.addLink({
      context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 },
      attributes: oddAttributes,
    });
    throw new Error(`message ${half}`);
  }

  @Observed({ event: 'read' })
  carry(bytes: number): void {
    trace.getActiveSpan()?.setAttribute('load', 'x'.repeat(bytes));
  }

  @Observed({ event: 'read' })
  async nested(): Promise<void> {
    await this.load('o-1');
    for (const name of ['first', 'second']) {
      await trefoil.tracer.startActiveSpan(name, async (span) => {
        await this.load(name);
        span.addEvent('loaded').end();
      });
    }
  }

  @Observed({ event: 'delete' })
  remove(): void {
    throw new RangeError('no such order, password=hunter2');
  }
}

const half = '\ud83d';

const oddAttributes: Attributes = {
  half,
  [half]: 'name',
  large: 2 ** 63,
  larger: -1e21,
  exact: 2 ** 53,
  lowest: -(2 ** 63),
  highest: 2 ** 63 - 1024,
  nan: NaN,
  infinite: -Infinity,
  list: [1, 1e21, NaN],
  texts: ['whole', half],
};

const trefoil = initializeObservability(JSON.parse(process.argv[2] ?? '{}') as TrefoilOptions, container);
const store = new OrderStore();

async function obey(command: string, count: number): Promise<unknown> {
  if (command === 'call') {
    for (let index = 0; index < count; index += 1) await store.load(`o-${index}`);
  } else if (command === 'nested') {
    for (let index = 0; index < count; index += 1) {
      await trefoil.tracer.startActiveSpan('by hand', async (span) => {
        await store.nested();
        span.end();
      });
    }
  } else if (command === 'mixed') {
    await store.get('o-1');
    try {
      store.remove();
    } catch {
      // As it was told to.
    }
  } else if (command === 'odd') {
    try {
      store.odd(half);
    } catch {
      // As it was told to.
    }
    const span = trefoil.tracer.startSpan(`by hand ${half}`, { attributes: oddAttributes });
    span.setStatus({ code: 2, message: half }).end();
    trefoil.metrics.increment('odd_total', { label: half });
    trefoil.metrics.gauge('odd', 1e21, { label: half });
    trefoil.metrics.gauge('odder', NaN);
    const meter = trefoil.meter;
    meter.createCounter('large', { valueType: ValueType.INT }).add(2 ** 63, oddAttributes);
    const histogram = meter.createHistogram('odd_histogram');
    for (const value of [1.7e308, 1.7e308]) histogram.record(value, { half });
  } else if (command === 'untyped') {
    const circular: Record<string, unknown> = { list: [2 ** 63, half] };
    circular['self'] = circular;
    const untyped = { nested: { a: [2 ** 63, NaN] }, date: new Date(0), list: [{ a: 1 }] };
    trefoil.meter.createCounter('untyped').add(1, untyped as unknown as Attributes);
    trefoil.meter.createUpDownCounter('lowest', { valueType: ValueType.INT }).add(-(2 ** 63));
    const traceState = { serialize: () => 2 ** 63 } as unknown as TraceState;
    const caller = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: 1, traceState };
    const within = trace.setSpanContext(ROOT_CONTEXT, caller);
    trefoil.tracer.startSpan('untyped', { kind: 'CLIENT' as unknown as SpanKind }, within).end();
    const correlationId = circular as unknown as string;
    runWithContext({ correlationId }, () => void store.load('o-1'));
  } else if (command === 'carry') {
    store.carry(count);
  } else if (command === 'flush') {
    const failed = await trefoil.flush().catch((error: unknown) => String((error as Error).message));
    return failed ?? 'flushed';
  } else if (command === 'shutdown') {
    return trefoil.shutdown();
  } else if (command === 'metrics') {
    return trefoil.metrics.getMetrics();
  }
  return trefoil.status();
}

// One after the other: a flush has to see the calls before it.
let last: Promise<unknown> = Promise.resolve();
createInterface({ input: process.stdin }).on('line', (line) => {
  const [command = '', count = '1'] = line.split(' ');
  last = last.then(async () => console.log(JSON.stringify(await obey(command, Number(count)))));
});
