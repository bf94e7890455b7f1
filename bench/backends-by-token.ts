import { container, type DependencyContainer } from 'tsyringe';
import {
  AUDIT_BACKEND,
  InMemoryAuditBackend,
  METRICS_BACKEND,
  PrometheusMetricsBackend,
  type AuditEvent,
  type MetricDefinition,
  type MetricFamily,
} from 'trefoil';
import type { BenchCase } from './bench-case';
import { allFour, allFourCase, allRecorded } from './cases';
import { problemsOf } from './check-records';
import { markdownTable } from './markdown-table';
import { measure, ratio, type Ratio, type Rounds } from './measure';
import { rounded, type Goal, type Measurement } from './measurement';
import { observedCase } from './observed-case';
import { allFourStore } from './stores';

interface Row {
  readonly name: string;
  readonly nsPerCall: number;
  readonly toOptions: Ratio;
}

interface BackendsByToken {
  readonly rounds: number;
  readonly rows: readonly Row[];
  readonly problems: readonly string[];
}

/** A class of an application's own, of which trefoil knows nothing: what it calls is its own affair. */
class OwnAuditBackend extends InMemoryAuditBackend {
  override log(event: AuditEvent): void {
    super.log(event);
  }
}

class OwnMetricsBackend extends PrometheusMetricsBackend {
  override declare(definition: MetricDefinition): MetricFamily {
    return super.declare(definition);
  }
}

const full: Rounds = { rounds: 100, warmUpCalls: 20_000, batchMs: 12 };
const quick: Rounds = { rounds: 9, warmUpCalls: 3_000, batchMs: 3 };

const ownAudit = 'InMemoryAuditBackend by token';
const ownMetrics = 'PrometheusMetricsBackend by token';
const foreignAudit = 'a foreign audit backend';
const foreignMetrics = 'a foreign metrics backend';
const limits: Readonly<Record<string, number>> = {
  [ownAudit]: 1.05,
  [ownMetrics]: 1.05,
  [foreignAudit]: 1.15,
  [foreignMetrics]: 1.15,
};

/** What a backend costs that is registered under its token, beside the same one made by the options. */
export const backendsByToken: Measurement<BackendsByToken> = {
  name: 'backends-by-token',
  title: 'Backends registered under their tokens',
  async run({ isQuick, ring }) {
    const effort = isQuick ? quick : full;
    const cases = makeCases(ring);
    const measured = await measure(cases, effort);
    const problems = await problemsOf(cases);
    for (const benchCase of cases) await benchCase.close();
    const [byOptions, ...others] = measured;
    if (byOptions === undefined) throw new Error('expected a measured case');
    const rows = [byOptions, ...others].map((one) => {
      const { median, low, high } = ratio(one, byOptions);
      const toOptions = { median: rounded(median), low: rounded(low), high: rounded(high) };
      return { name: one.name, nsPerCall: rounded(one.nsPerCall), toOptions };
    });
    return { rounds: effort.rounds, rows, problems };
  },
  problems: ({ problems }) => problems,
  goals: ({ rows }) => rows.flatMap(goalOf),
  render: ({ rounds, rows }) =>
    [
      'All four, span recorded, asynchronous. Backends of trefoil are called as they are wherever they come from. Around those',
      "of an application's own, here subclasses that only pass on what they get, decorated methods run bare, so that",
      `telemetry cannot feed itself. Medians of ${rounds} rounds.`,
      '',
      markdownTable(
        ['', 'ns per call', '/ by options'],
        rows.map(({ name, nsPerCall, toOptions: { median, low, high } }) => [
          name,
          nsPerCall.toFixed(0),
          `${median.toFixed(3)} (${low.toFixed(2)} to ${high.toFixed(2)})`,
        ]),
      ),
    ].join('\n'),
};

function makeCases(ring: number): BenchCase[] {
  const registered = (name: string, register: (within: DependencyContainer) => void): BenchCase => {
    const within = container.createChildContainer();
    register(within);
    const storeClass = allFourStore();
    return observedCase({
      name,
      records: allFour,
      methods: ['get'],
      ring,
      within,
      resolve: (from) => from.resolve(storeClass),
    });
  };
  const settings = { maxEvents: ring };
  return [
    { ...allFourCase(container.createChildContainer(), ring, { name: allRecorded }), methods: ['get'] },
    registered(ownAudit, (within) => within.register(AUDIT_BACKEND, { useValue: new InMemoryAuditBackend(settings) })),
    registered(ownMetrics, (within) => within.register(METRICS_BACKEND, { useValue: new PrometheusMetricsBackend() })),
    registered(foreignAudit, (within) => within.register(AUDIT_BACKEND, { useValue: new OwnAuditBackend(settings) })),
    registered(foreignMetrics, (within) => within.register(METRICS_BACKEND, { useValue: new OwnMetricsBackend() })),
  ];
}

function goalOf({ name, toOptions: { median } }: Row): Goal[] {
  const limit = limits[name];
  if (limit === undefined) return [];
  return [
    {
      what: name,
      goal: `<= ${limit.toFixed(2)} x by options`,
      measured: median.toFixed(3),
      isMet: median <= limit,
    },
  ];
}
