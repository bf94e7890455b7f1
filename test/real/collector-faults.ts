import { barOf, type Bar } from '../faults/bar';
import { attributesOf } from '../fixtures/otlp-messages';
import { FaultyCollector, faults, type Fault } from './faulty-collector';
import { startProgram, type ProgramProcess } from './program-process';
import type { RoundReport, SpansReport } from './programs/paced-calls';

/** Rounds until compiled code and queues are what they will be. */
const warmUp = 1;
const rounds = 6;
/** A noisy machine is given more of them: what it adds is in a few rounds, what trefoil adds is in all. */
const mostRounds = 14;
/** How much longer the slowest calls may take than without a collector. */
const mostRatio = 1.05;
/** In MB, over a process without spans: the queue, a batch, and what sending takes. */
const mayHoldMb = 12;

/** One process that makes the same calls as all others, and its collector; the first has none, and makes no spans. */
interface Way {
  readonly name: string;
  readonly fault: Fault | undefined;
  readonly collector: FaultyCollector | undefined;
  readonly program: ProgramProcess;
  readonly reports: RoundReport[];
}

/** The same calls beside collectors that are well, down, slow and failing, in turn; then all of them are well. */
export async function* collectorFaults(): AsyncGenerator<Bar> {
  const ways: Way[] = [];
  try {
    ways.push(startWay('none', undefined, undefined));
    for (const fault of faults) ways.push(startWay(fault, fault, await FaultyCollector.start(fault)));
    for (let index = 0; index < warmUp + rounds || (index < mostRounds && worstRatio(ways) > mostRatio); index += 1) {
      for (const way of ways) way.reports.push(await roundOf(way.program));
    }
    yield harmBar(ways);
    yield latencyBar(ways);
    yield heapBar(ways);
    for (const way of ways) if (way.collector !== undefined) yield await recoveryBar(way, way.collector);
  } finally {
    for (const { program, collector } of ways) {
      await program.stop();
      await collector?.close();
    }
  }
}

function startWay(name: string, fault: Fault | undefined, collector: FaultyCollector | undefined): Way {
  const task = collector === undefined ? {} : { collectorUrl: collector.url };
  const program = startProgram('paced-calls', task, { nodeOptions: ['--expose-gc'] });
  return { name, fault, collector, program, reports: [] };
}

function roundOf(program: ProgramProcess): Promise<RoundReport> {
  program.tell('round');
  return program.next();
}

function harmBar(ways: readonly Way[]): Bar {
  const reports = ways.flatMap((way) => way.reports);
  const calls = reports.reduce((sum, report) => sum + report.calls, 0);
  const harmed = reports.reduce((sum, report) => sum + report.harmed, 0);
  return barOf('calls', harmed === 0, `${harmed} of ${calls} harmed`);
}

function latencyBar(ways: readonly Way[]): Bar {
  const [none] = ways as [Way];
  const ratios = ways.slice(1).map((way) => `${way.name} ${ratioOf(way, none).toFixed(3)}`);
  const detail = `of no spans, ${p99Of(none).toFixed(2)} ms: ${ratios.join(', ')}; ${none.reports.length - warmUp} rounds`;
  return barOf('p99', worstRatio(ways) <= mostRatio, detail);
}

/** Of the ways whose collector is not well: what a healthy one costs is no fault. */
function worstRatio(ways: readonly Way[]): number {
  const [none] = ways as [Way];
  return Math.max(
    ...ways.filter(({ fault }) => fault !== undefined && fault !== 'well').map((way) => ratioOf(way, none)),
  );
}

/** The median of the rounds' ratios: rounds of the same number ran one after the other. */
function ratioOf(way: Way, none: Way): number {
  return median(
    way.reports.slice(warmUp).map(({ p99 }, index) => p99 / (none.reports[warmUp + index]?.p99 ?? Number.NaN)),
  );
}

function p99Of({ reports }: Way): number {
  return median(reports.slice(warmUp).map(({ p99 }) => p99));
}

function heapBar(ways: readonly Way[]): Bar {
  const [none] = ways as [Way];
  const base = heapOf(none);
  const held = ways.slice(1).map((way) => ({ name: way.name, mb: heapOf(way) - base }));
  const detail = held.map(({ name, mb }) => `${name} ${mb.toFixed(1)} MB`).join(', ');
  return barOf(
    'heap',
    held.every(({ mb }) => mb <= mayHoldMb),
    `over a process without spans: ${detail}`,
  );
}

function heapOf({ reports }: Way): number {
  return reports.at(-1)?.heapMb ?? Number.NaN;
}

/** Back to health: everything that waits is sent, the next round comes through whole, and what is lost was counted. */
async function recoveryBar({ name, program, reports }: Way, collector: FaultyCollector): Promise<Bar> {
  await collector.recover();
  program.tell('flush');
  await program.next();
  reports.push(await roundOf(program));
  program.tell('flush');
  const { exported, dropped, queueDepth, failures, retries } = await program.next<SpansReport>();
  program.tell('stop');
  await program.next();
  const made = reports.reduce((sum, { calls }) => sum + calls, 0);
  const received = collector.spans.length;
  const lost = Object.values(dropped ?? {}).reduce((sum, count) => sum + count, 0);
  const ofLastRound = collector.spans.filter(({ attributes }) =>
    String(attributesOf(attributes)['item.id']).startsWith(`${reports.length}.`),
  ).length;
  const expected = reports.at(-1)?.calls ?? 0;
  const violations = [
    ...(made - received === lost ? [] : [`${made - received} are missing, ${lost} were counted as dropped`]),
    ...(exported === received ? [] : [`${exported} were counted as exported`]),
    ...(ofLastRound === expected ? [] : [`${ofLastRound} of the last round's ${expected} were received`]),
    ...(queueDepth === 0 ? [] : [`${queueDepth} still wait`]),
    ...(name === 'well' && lost > 0 ? ['spans were lost beside a collector that is well'] : []),
  ];
  const reasons = Object.entries(dropped ?? {}).map(([reason, count]) => `${reason} ${count}`);
  const detail = `${made} made, ${received} received, dropped: ${reasons.join(', ') || 'none'}; ${failures} failures, ${retries} retries`;
  return barOf(name === 'well' ? 'well' : `${name}, then back`, true, detail, violations);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
