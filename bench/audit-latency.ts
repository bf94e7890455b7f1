import { container } from 'tsyringe';
import { Audited, initializeObservability, Store, type AuditBackend, type Delivery } from 'trefoil';
import { markdownTable } from './markdown-table';
import { grouped, rounded, type Measurement } from './measurement';
import { withScratchDirectory } from './scratch-directory';
import { inOrderOf, median, quantile } from './statistics';
import { BareStore, itemOf, loadOrderLater, type Order, type OrderStore, type OrderStoreClass } from './stores';

const deliveries: readonly Delivery[] = ['bestEffort', 'buffered', 'durable', 'strict'];
const levels = [1, 100];
const callsPerCheck = 1_000;

interface Waits {
  /** In microseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly callsPerSecond: number;
}

interface Case {
  readonly name: string;
  readonly store: OrderStore;
  /** Of each round, by how many callers there were. */
  readonly rounds: ReadonlyMap<number, Waits[]>;
}

interface AuditLatency {
  readonly rounds: number;
  readonly latencies: readonly (Waits & { readonly name: string; readonly callers: number })[];
  readonly problems: readonly string[];
}

/** How much longer a caller waits for a call that is audited. */
export const auditLatency: Measurement<AuditLatency> = {
  name: 'audit-latency',
  title: 'What a caller waits for its audit event',
  run: ({ isQuick }) =>
    withScratchDirectory(async (path) => {
      const [rounds, batchMs] = isQuick ? [2, 50] : [15, 400];
      const within = container.createChildContainer();
      const trefoil = initializeObservability(
        {
          service: { name: 'bench', environment: 'bench' },
          audit: { backend: 'file', path, maxFiles: 3, required: true },
          metrics: { backend: 'none' },
          tracing: { exporter: 'none' },
          signals: false,
        },
        within,
      );
      await trefoil.ready;
      const cases = [
        newCase('bare', new BareLaterStore()),
        ...deliveries.map((name) => newCase(name, within.resolve(auditedLaterStore(name)))),
      ];
      const problems: string[] = [];
      for (const one of cases) problems.push(...(await problemsOf(one, trefoil.audit)));
      // Twice as long as a round, to have everything compiled.
      await measureRound(0, cases, { ms: 2 * batchMs, settle: () => trefoil.audit.flush(), isWarmUp: true });
      for (let round = 0; round < rounds; round += 1) {
        await measureRound(round, cases, { ms: batchMs, settle: () => trefoil.audit.flush() });
      }
      await trefoil.shutdown();
      const latencies = levels.flatMap((callers) => cases.map((one) => typicalOf(one, callers)));
      return { rounds, latencies, problems };
    }),
  problems: ({ problems }) => problems,
  render: ({ rounds, latencies }) =>
    [
      'An asynchronous method that waits for a turn of the event loop (`setImmediate`), under each delivery of the file',
      'backend, from the call to its result as the caller sees them. The callers call again at once, so that a hundred of',
      `them keep one core busy: what they wait for is mostly each other. Microseconds; medians of ${rounds} rounds, each with`,
      'its own quantiles. What is added is the difference to the same quantile of the bare method.',
      '',
      markdownTable(
        ['', 'callers', 'p50', 'p99', 'added p50', 'added p99', 'calls/s'],
        latencies.map(({ name, callers, p50, p99, callsPerSecond }) => {
          const bare = latencies.find((one) => one.name === 'bare' && one.callers === callers);
          const added = (of: number, from: number | undefined): string =>
            name === 'bare' ? '' : (of - (from ?? Number.NaN)).toFixed(1);
          return [
            name,
            callers,
            ...[p50, p99].map((us) => us.toFixed(1)),
            added(p50, bare?.p50),
            added(p99, bare?.p99),
            grouped(Math.round(callsPerSecond)),
          ];
        }),
      ),
    ].join('\n'),
};

class BareLaterStore extends BareStore {
  override async get(_id: string): Promise<Order> {
    return loadOrderLater();
  }
}

function auditedLaterStore(delivery: Delivery): OrderStoreClass {
  @Store({ name: delivery, type: 'memory' })
  class AuditedLaterStore extends BareStore {
    @Audited({ event: 'read', item: itemOf, delivery })
    override async get(_id: string): Promise<Order> {
      return loadOrderLater();
    }
  }
  return AuditedLaterStore;
}

function newCase(name: string, store: OrderStore): Case {
  return { name, store, rounds: new Map(levels.map((callers) => [callers, []])) };
}

/** Whether every call has left its event. */
async function problemsOf({ name, store }: Case, backend: AuditBackend): Promise<string[]> {
  const expected = name === 'bare' ? 0 : callsPerCheck;
  await Promise.all(Array.from({ length: callsPerCheck }, () => store.get('o-1')));
  let events = 0;
  for await (const { status } of backend.query?.({ storeName: name }) ?? []) if (status === 'success') events += 1;
  return events === expected ? [] : [`${name}: expected ${expected} events, got ${events}`];
}

interface Round {
  readonly ms: number;
  readonly settle: () => Promise<void>;
  readonly isWarmUp?: boolean;
}

async function measureRound(round: number, cases: readonly Case[], { ms, settle, isWarmUp }: Round): Promise<void> {
  for (const callers of levels) {
    for (const { store, rounds } of inOrderOf(round, cases)) {
      const waits = await callFor(ms, store, callers);
      // What one has left for the disk to do is not for the next to wait for.
      await settle();
      if (isWarmUp !== true) rounds.get(callers)?.push(waits);
    }
  }
}

/** Calls for a while, so many callers at a time. */
async function callFor(ms: number, store: OrderStore, callers: number): Promise<Waits> {
  const waits: number[] = [];
  const begun = performance.now();
  const call = async (): Promise<void> => {
    for (let start = begun; start < begun + ms;) {
      start = performance.now();
      await store.get('o-1');
      waits.push((performance.now() - start) * 1_000);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  const callsPerSecond = waits.length / ((performance.now() - begun) / 1_000);
  return { p50: quantile(waits, 0.5), p99: quantile(waits, 0.99), callsPerSecond };
}

function typicalOf({ name, rounds }: Case, callers: number): AuditLatency['latencies'][number] {
  const found = rounds.get(callers) ?? [];
  const of = (figure: keyof Waits): number => rounded(median(found.map((one) => one[figure])));
  return { name, callers, p50: of('p50'), p99: of('p99'), callsPerSecond: of('callsPerSecond') };
}
