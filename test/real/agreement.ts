import { join } from 'node:path';
import { Tally } from '../../examples/orders/driver/tally';
import { barOf, type Bar } from '../faults/bar';
import { OtlpReceiver } from '../fixtures/otlp-receiver';
import { differences } from './differences';
import { parsedHistograms, parsedSamples } from './exposition';
import { keptInAudit, keptInLog, keptInSpan, readAudit, readLines, type Kept } from './kept-calls';
import { startProgram } from './program-process';
import type { MixedReport } from './programs/mixed-calls';

const calls = 10_000;
const concurrency = 50;

/** One run of mixed calls, after which every pillar has to tell the same as the stores themselves. */
export async function* agreement(folder: string): AsyncGenerator<Bar> {
  const receiver = await OtlpReceiver.start();
  const auditDirectory = join(folder, 'audit');
  const logFile = join(folder, 'calls.log');
  const program = startProgram(
    'mixed-calls',
    { calls, concurrency, auditDirectory, logFile, collectorUrl: receiver.endpoint },
    // All spans of the run may wait at once: what is dropped would be no disagreement, but no proof either.
    { env: { OTEL_BSP_MAX_QUEUE_SIZE: String(2 * calls) } },
  );
  try {
    const report = await program.next<MixedReport>();
    const exposition = await (await fetch(report.metricsUrl, { headers: { accept: 'text/plain' } })).text();
    program.tell('stop');
    await program.next();
    const { spans } = receiver;
    const kept = {
      audit: readAudit(auditDirectory).map(keptInAudit),
      log: readLines(logFile)
        .filter((line) => line['operation'] !== undefined)
        .map(keptInLog),
      spans: spans.map(keptInSpan),
    };
    yield countsBar(report, kept, exposition);
    yield linksBar(kept);
    yield durationsBar(kept, exposition);
    yield eventsBar(
      report,
      spans.flatMap(({ events }) => events.map(({ name }) => name)),
      exposition,
    );
    yield parentsBar(spans, report);
  } finally {
    await program.stop();
    await receiver.close();
  }
}

type KeptBy = Readonly<Record<'audit' | 'log' | 'spans', readonly Kept[]>>;

/** Audit events, counters, spans and log lines by operation and outcome; histograms by operation. */
function countsBar({ calls: happened, harmed }: MixedReport, kept: KeptBy, exposition: string): Bar {
  const expected = new Tally();
  const ofOperation = new Tally();
  for (const [key, count] of Object.entries(happened)) {
    expected.add([key], count);
    ofOperation.add(key.split(' ').slice(0, 2), count);
  }
  const found = { counter: new Tally(), audit: new Tally(), log: new Tally(), spans: new Tally() };
  for (const { labels, value } of parsedSamples(exposition, 'store_operations_total')) {
    found.counter.add([labels['store'], labels['operation'], labels['status']], value);
  }
  for (const pillar of ['audit', 'log', 'spans'] as const) for (const { key } of kept[pillar]) found[pillar].add([key]);
  const timed = new Tally();
  for (const { labels, count } of parsedHistograms(exposition, 'store_operation_duration_seconds')) {
    timed.add([labels['store'], labels['operation']], count);
  }
  const violations = [
    ...harmed,
    ...Object.entries(found).flatMap(([pillar, tally]) => differences(pillar, expected, tally)),
    ...differences('histogram', ofOperation, timed),
  ];
  const each = [...expected.counts].map(([key, count]) => `${key} ${count}`).join(', ');
  const total = Object.values(happened).reduce((sum, count) => sum + count, 0);
  return barOf('counts', total === calls, `${total} calls each kept by five: ${each}`, violations);
}

/** Each log line and audit event names a span that was received, of that trace, operation and request. */
function linksBar({ audit, log, spans }: KeptBy): Bar {
  const received = new Map(spans.map((span) => [span.spanId, span]));
  const violations = (
    [
      ['audit', audit],
      ['log', log],
    ] as const
  ).flatMap(([pillar, records]) => {
    const unlinked = records.filter(({ key, traceId, spanId, correlationId }) => {
      const span = received.get(spanId);
      return span?.traceId !== traceId || span?.key !== key || span?.correlationId !== correlationId;
    });
    const distinct = new Set(records.map(({ spanId }) => spanId)).size;
    return [
      ...(unlinked.length === 0 ? [] : [`${pillar}: ${unlinked.length} without their span`]),
      ...(distinct === records.length ? [] : [`${pillar}: ${records.length} name ${distinct} spans`]),
    ];
  });
  const traces = new Set(spans.map(({ traceId }) => traceId)).size;
  return barOf(
    'ids',
    received.size === calls,
    `${audit.length} events and ${log.length} lines name ${received.size} spans of ${traces} traces`,
    violations,
  );
}

/** One duration, as far as each can write it down: the trail and the log to the microsecond. */
function durationsBar({ audit, log, spans }: KeptBy, exposition: string): Bar {
  const ofSpan = new Map(spans.map(({ spanId, durationMs }) => [spanId, durationMs]));
  const ofLine = new Map(log.map(({ spanId, durationMs }) => [spanId, durationMs]));
  let furthest = 0;
  let unequal = 0;
  const sums = new Map<string, number>();
  for (const { key, spanId, durationMs } of audit) {
    furthest = Math.max(furthest, Math.abs(durationMs - (ofSpan.get(spanId) ?? Number.NaN)));
    if (durationMs !== ofLine.get(spanId)) unequal += 1;
    const operation = key.split(' ').slice(0, 2).join(' ');
    sums.set(operation, (sums.get(operation) ?? 0) + durationMs);
  }
  const violations = parsedHistograms(exposition, 'store_operation_duration_seconds').flatMap(
    ({ labels, sum, count }) => {
      const expected = sums.get(`${labels['store']} ${labels['operation']}`) ?? Number.NaN;
      const rounding = count * 0.0005 + 1e-6;
      return Math.abs(sum * 1000 - expected) <= rounding
        ? []
        : [`${labels['operation']}: ${sum * 1000} ms timed, ${expected} ms in the trail`];
    },
  );
  if (unequal > 0) violations.push(`${unequal} log lines have another duration than their events`);
  const detail = `spans are at most ${furthest.toFixed(6)} ms from their events`;
  return barOf('durations', furthest <= 0.001, detail, violations);
}

function eventsBar({ events }: MixedReport, names: readonly string[], exposition: string): Bar {
  const violations = ['retry', 'cache.miss'].flatMap((name) => {
    const found = names.filter((one) => one === name).length;
    return found === events[name] ? [] : [`${name}: ${found} instead of ${events[name]}`];
  });
  const misses = parsedSamples(exposition, 'store_cache_misses_total').reduce((sum, { value }) => sum + value, 0);
  if (misses !== events['cache.miss']) violations.push(`${misses} misses counted`);
  return barOf('events', true, `${events['retry']} retries and ${events['cache.miss']} misses, in spans`, violations);
}

/** A call in a call is its child, in its trace. */
function parentsBar(
  spans: readonly {
    readonly spanId: string;
    readonly traceId: string;
    readonly parentSpanId: string;
    readonly name: string;
  }[],
  { calls: happened }: MixedReport,
): Bar {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const children = spans.filter(({ parentSpanId }) => parentSpanId !== '');
  const violations = children
    .filter(({ parentSpanId, traceId }) => {
      const parent = byId.get(parentSpanId);
      return parent?.traceId !== traceId || parent.name !== 'OrderStore.create';
    })
    .map(({ name, spanId }) => `${name} ${spanId} has no parent`);
  const expected = 2 * (happened['OrderStore create success'] ?? Number.NaN);
  return barOf('parents', children.length === expected, `${children.length} of ${expected} nested calls`, violations);
}
