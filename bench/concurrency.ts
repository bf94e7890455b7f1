import type { Tracer } from '@opentelemetry/api';
import { container } from 'tsyringe';
import { Audited, Counted, Store, Timed, Traced } from 'trefoil';
import type { BenchCase } from './bench-case';
import { allFour, allRecorded, bare, handWritten } from './cases';
import { problemsOf } from './check-records';
import { comparedCase, type ComparedCase } from './comparison';
import { handWrittenCase } from './hand-written-case';
import type { HandWrittenSinks } from './hand-written-sinks';
import { endSpan, spanOptions } from './hand-written-store';
import { markdownTable } from './markdown-table';
import { measure, type Rounds } from './measure';
import type { Measurement } from './measurement';
import { observedCase, unobservedCase } from './observed-case';
import { BareStore, itemOf, loadOrderLater, type Order } from './stores';

const full: Rounds = { rounds: 40, warmUpCalls: 12_800, batchMs: 12 };
const quick: Rounds = { rounds: 3, warmUpCalls: 640, batchMs: 2 };

interface Concurrency {
  readonly rounds: number;
  readonly levels: readonly { readonly concurrency: number; readonly cases: readonly ComparedCase[] }[];
  readonly problems: readonly string[];
}

/** What calls cost that overlap, each waiting for a turn of the event loop. */
export const concurrency: Measurement<Concurrency> = {
  name: 'concurrency',
  title: 'Calls that overlap',
  async run({ isQuick, ring }) {
    const rounds = isQuick ? quick : full;
    const levels: Concurrency['levels'][number][] = [];
    const problems: string[] = [];
    for (const level of [1, 4, 16, 64]) {
      const cases = casesOf(level, ring);
      const measured = await measure(cases, rounds);
      levels.push({ concurrency: level, cases: measured.map((one) => comparedCase(one, measured)) });
      problems.push(...(await problemsOf(cases)).map((problem) => `${level} at a time: ${problem}`));
      for (const benchCase of cases) await benchCase.close();
    }
    return { rounds: rounds.rounds, levels, problems };
  },
  problems: ({ problems }) => problems,
  render: ({ rounds, levels }) =>
    [
      'Each call waits for a turn of the event loop (`setImmediate`) before it gives its order; so many are under way at a',
      `time. All four, span recorded; nanoseconds per call, medians of ${rounds} rounds. The last column leaves out what the`,
      'bare method takes.',
      '',
      markdownTable(
        ['at a time', 'bare', 'all four', 'hand-written', 'all four / hand-written', 'added / added'],
        levels.map(row),
      ),
    ].join('\n'),
};

function row({ concurrency: level, cases }: Concurrency['levels'][number]): (string | number)[] {
  const find = (name: string): ComparedCase => {
    const found = cases.find((one) => one.name === name);
    if (found === undefined) throw new Error(`expected a measured case "${name}"`);
    return found;
  };
  const [ofBare, ofAllFour, byHand] = [find(bare), find(allRecorded), find(handWritten)];
  const added = (one: ComparedCase): number => one.nsPerCall - ofBare.nsPerCall;
  return [
    level,
    ...[ofBare, ofAllFour, byHand].map(({ nsPerCall }) => nsPerCall.toFixed(0)),
    (ofAllFour.toHandWritten?.median ?? Number.NaN).toFixed(3),
    (added(ofAllFour) / added(byHand)).toFixed(3),
  ];
}

function casesOf(level: number, ring: number): BenchCase[] {
  const common = { methods: ['get'], concurrency: level } as const;
  return [
    unobservedCase({ ...common, name: bare, store: new BareLaterStore() }),
    observedCase({
      ...common,
      name: allRecorded,
      records: allFour,
      ring,
      within: container.createChildContainer(),
      resolve: (within) => within.resolve(ObservedLaterStore),
    }),
    handWrittenCase({
      ...common,
      name: handWritten,
      span: 'recorded',
      ring,
      makeStore: (sinks, tracer) => new HandWrittenLaterStore(sinks, tracer),
    }),
  ];
}

class BareLaterStore extends BareStore {
  override async get(_id: string): Promise<Order> {
    return loadOrderLater();
  }
}

@Store({ name: 'OrderStore', type: 'memory' })
class ObservedLaterStore extends BareStore {
  @Audited({ event: 'read', item: itemOf })
  @Traced()
  @Timed()
  @Counted()
  override async get(_id: string): Promise<Order> {
    return loadOrderLater();
  }
}

class HandWrittenLaterStore extends BareStore {
  constructor(
    readonly sinks: HandWrittenSinks,
    readonly tracer: Tracer,
  ) {
    super();
  }

  override async get(id: string): Promise<Order> {
    const store = 'OrderStore';
    return this.tracer.startActiveSpan('OrderStore.get', spanOptions(store, 'get'), async (span) => {
      const startedAt = new Date();
      const started = performance.now();
      try {
        const order = await loadOrderLater();
        const status = 'success';
        endSpan(this.sinks, span, { store, operation: 'get', itemId: id, startedAt, started, status, span });
        return order;
      } catch (error) {
        const status = 'failure';
        span.recordException(error as Error);
        endSpan(this.sinks, span, { store, operation: 'get', itemId: id, startedAt, started, status, span });
        throw error;
      }
    });
  }
}
