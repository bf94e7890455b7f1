import 'reflect-metadata';
import { spawnSync } from 'node:child_process';
import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import parsePrometheusText from 'parse-prometheus-text-format';
import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { PrometheusMetricsBackend, type Metric, type MetricType, type Observation } from '../../src/index';
import { awkwardLabels, awkwardMetrics } from './awkward-labels';

const openMetrics = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

/** The lines with values, as the strictest reading of the format has them. */
function linesOf(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('# '));
  const labels = String.raw`\{[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*")*\}`;
  const number = String.raw`(?:NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)`;
  const line = new RegExp(`^[a-zA-Z_:][\\w:]*(?:${labels})? ${number}(?: # ${labels} ${number} \\d+\\.\\d{3})?$`, 'u');
  for (const each of lines) expect(each).toMatch(line);
  return lines;
}

describe('an exposition of awkward labels', () => {
  test('is parsed back by others to what was recorded', async () => {
    const text = await awkwardMetrics().export();
    linesOf(text);
    const parsed = parsePrometheusText(text);
    expect(parsed.map(({ name }) => name)).not.toContain('forged_total');
    const jobs = parsed.find(({ name }) => name === 'jobs_total');
    const kinds = jobs?.metrics.map(({ labels }) => labels?.['kind']);
    const unchanged = awkwardLabels.filter((kind) => !/\p{Cs}|[\r\0\x07\x1b\x85\u2028\u2029]/u.test(kind));
    expect(kinds).toEqual(expect.arrayContaining(unchanged));
    expect(kinds).toHaveLength(awkwardLabels.length);
    expect(jobs?.metrics.every((metric) => metric.value === '1')).toBe(true);
  });

  test('keeps no half of a character and nothing that ends a line elsewhere', async () => {
    for (const format of ['prometheus', 'openmetrics'] as const) {
      const text = await awkwardMetrics().export(format);
      expect(Buffer.from(text).toString()).toBe(text);
      expect(text).not.toMatch(/[\r\0\x07\x1b\x85\u2028\u2029]/);
      expect(new Set(linesOf(text)).size).toBe(linesOf(text).length);
    }
  });

  test('counts two values as one that would be shown alike', async () => {
    const backend = new PrometheusMetricsBackend();
    for (const kind of ['\ud800', '\ud801', '\ufffd', '\ud800']) backend.increment('jobs_total', { kind });
    expect(await backend.export()).toContain('jobs_total{kind="\ufffd"} 4\n');
    expect(backend.get('jobs_total', { kind: '\ud800' })).toBe(4);
  });

  test('passes Prometheus’s own check', async () => {
    const check = (input: string): number | null => spawnSync('promtool', ['check', 'metrics'], { input }).status;
    // It ends with 1 where a text cannot be parsed; 3 stands for advice on names, which are as they are here.
    if (check('jobs{ 1\n') !== 1) return void console.warn('promtool is not installed: not checked');
    expect(check(await awkwardMetrics().export())).not.toBe(1);
  });
});

describe('OpenMetrics', () => {
  test('says type, unit and help of each metric, and ends as it should', async () => {
    const backend = new PrometheusMetricsBackend({ buckets: { wait_seconds: [0.5, 1] } });
    const declared = { help: 'Say "what".', labelNames: [] };
    backend
      .declare({ ...declared, name: 'sent_bytes_total', type: 'counter', unit: 'bytes' })
      .series([])
      .record(3);
    backend
      .declare({ ...declared, name: 'tries', type: 'counter' })
      .series([])
      .record(4);
    backend
      .declare({ ...declared, name: 'size_bytes', type: 'summary' })
      .series([])
      .record(5);
    const wait = backend.declare({ ...declared, name: 'wait_seconds', type: 'histogram', unit: 'seconds' }).series([]);
    wait.record(0.25);
    wait.keepExemplar?.({ ...ids, value: 0.25, timestamp: new Date(1_700_000_000_125) });
    expect((await backend.export('openmetrics')).split('\n')).toEqual([
      '# TYPE sent_bytes counter',
      '# UNIT sent_bytes bytes',
      '# HELP sent_bytes Say \\"what\\".',
      'sent_bytes_total 3',
      '# TYPE tries unknown',
      '# HELP tries Say \\"what\\".',
      'tries 4',
      '# TYPE size_bytes summary',
      '# HELP size_bytes Say \\"what\\".',
      'size_bytes{quantile="0.5"} 5',
      'size_bytes{quantile="0.9"} 5',
      'size_bytes{quantile="0.95"} 5',
      'size_bytes{quantile="0.99"} 5',
      'size_bytes_sum 5',
      'size_bytes_count 1',
      '# TYPE wait_seconds histogram',
      '# UNIT wait_seconds seconds',
      '# HELP wait_seconds Say \\"what\\".',
      `wait_seconds_bucket{le="0.5"} 1 # {trace_id="${ids.traceId}",span_id="${ids.spanId}"} 0.25 1700000000.125`,
      'wait_seconds_bucket{le="1"} 1',
      'wait_seconds_bucket{le="+Inf"} 1',
      'wait_seconds_sum 0.25',
      'wait_seconds_count 1',
      '# EOF',
      '',
    ]);
    expect(await backend.export()).not.toContain(ids.traceId);
  });

  test('has the same series with the same names and values as the text', async () => {
    const backend = awkwardMetrics();
    backend.gauge('jobs', 1);
    backend.gauge('sent_created', 1);
    backend.increment('sent_total');
    backend.increment('done_total');
    backend.increment('done_created_total');
    const [text, other] = [await backend.export(), await backend.export('openmetrics')];
    expect(linesOf(other)).toEqual(linesOf(text));
    // What a counter reserves is taken: by its own type it would be refused.
    expect(other).toContain('# TYPE jobs gauge\n');
    expect(other).toContain('# TYPE jobs_total unknown\n');
    expect(other).toContain('# TYPE sent_total unknown\n');
    expect(other).toContain('# TYPE done counter\n');
    expect(other).toContain('# TYPE done_created_total unknown\n');
    const families = [...other.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
    expect(new Set(families).size).toBe(families.length);
  });

  test('shows the metrics that others have put into the registry, and leaves them as they are', async () => {
    const registry = new Registry();
    const registers = [registry];
    const counter = new Counter({ name: 'own_total', help: 'Own.', labelNames: ['a'], registers });
    const histogram = new Histogram({
      name: 'own_seconds',
      help: 'Own.',
      labelNames: ['a'],
      buckets: [1, 10],
      registers,
    });
    const summary = new Summary({ name: 'own_size', help: 'Own.', percentiles: [0.5], registers });
    counter.inc({ a: 'x"' }, 2);
    histogram.observe({ a: 'x"' }, 3);
    summary.observe(4);
    registry.setDefaultLabels({ zone: 'z' });
    const backend = new PrometheusMetricsBackend({ registry });
    backend.increment('jobs_total');
    const before = await registry.metrics();
    const text = await backend.export('openmetrics');
    for (const line of [
      '# TYPE own counter',
      'own_total{a="x\\"",zone="z"} 2',
      'own_seconds_bucket{le="10",a="x\\"",zone="z"} 1',
      'own_seconds_count{a="x\\"",zone="z"} 1',
      'own_size{quantile="0.5",zone="z"} 4',
      'jobs_total{zone="z"} 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(await registry.metrics()).toBe(before);
    expect(registry.contentType).toContain('text/plain');
    expect(linesOf(await backend.export('prometheus')).sort()).toEqual(linesOf(text).sort());
  });
});

describe('what others bring to the scrape', () => {
  test('is left out, and counted, where it throws, hangs or has a name that is taken', async () => {
    const registry = new Registry();
    const registers = [registry];
    const told = new Set<string>();
    const onProblem = (_code: string, _where: string, why: string): unknown => told.add(why);
    const backend = new PrometheusMetricsBackend({ registry, sourceTimeoutMs: 20, onProblem });
    const broken = (): never => {
      throw new Error('nobody knows');
    };
    new Gauge({ name: 'broken', help: 'Broken.', registers, collect: broken });
    new Gauge({ name: 'hanging', help: 'Hangs.', registers, collect: () => new Promise<void>(() => undefined) });
    new Gauge({ name: 'fine', help: 'Fine.', registers }).set(1);
    backend.summary('size', 1);
    new Gauge({ name: 'size_sum', help: 'Taken.', registers }).set(2);
    backend.addSource({ collect: () => [{ name: 'size', type: 'gauge', help: '', values: [] }] });
    for (let scrape = 0; scrape < 2; scrape += 1) {
      const lines = linesOf(await backend.export());
      expect(lines).toEqual(expect.arrayContaining(['fine 1', 'size_sum 1', 'size_count 1']));
      expect(lines.filter((line) => /broken|hanging/.test(line))).toEqual([]);
      expect(lines.filter((line) => line.startsWith('size_sum'))).toHaveLength(1);
    }
    const problems = (metric: string, problem: string): unknown =>
      backend.get('trefoil_metric_problems_total', { metric, problem });
    expect(problems('', 'source_failed')).toBe(2);
    expect(problems('', 'source_late')).toBe(2);
    // Asked and waited for once.
    expect([...told].filter((why) => why.startsWith('it '))).toEqual([
      'it took more than 20 ms',
      'it has not answered the last time yet',
    ]);
    expect(problems('size_sum', 'name_taken')).toBe(2);
    expect(problems('size', 'name_taken')).toBe(2);
    expect(await backend.export()).toContain('trefoil_metric_problems_total{metric="size",problem="name_taken"} 3\n');
  });

  const definition = { name: 'fill', type: 'gauge', help: '', labelNames: ['of'] } as const;

  test.each<[string, unknown]>([
    ['that is nothing', null],
    ['without labels', { value: 1 }],
    ['without a value', { labelValues: ['a'] }],
    ['whose value is a text', { labelValues: ['a'], value: '1\nforged 1' }],
    ['of another type', { labelValues: ['a'], count: 1, sum: 1, buckets: {} }],
  ])('keeps its good series beside one observed %s, which is counted', async (_what, wrong) => {
    const backend = new PrometheusMetricsBackend();
    backend.observe(definition, () => [wrong as Observation, { labelValues: ['mail'], value: 1 }]);
    backend.observe(definition, () => {
      throw new Error('nobody knows');
    });
    for (const format of ['prometheus', 'openmetrics'] as const) {
      const lines = linesOf(await backend.export(format)).filter((line) => line.startsWith('f'));
      expect(lines).toEqual(['fill{of="mail"} 1']);
    }
    expect(backend.get('trefoil_metric_problems_total', { metric: 'fill', problem: 'source_failed' })).toBe(4);
  });

  test('is observed as one series where it would be shown as one', async () => {
    const backend = new PrometheusMetricsBackend();
    backend.observe({ ...definition, name: 'sent_total', type: 'counter' }, () => [
      { labelValues: ['\ud800'], value: 1 },
      { labelValues: ['\ud801'], value: 2 },
    ]);
    expect(linesOf(await backend.export())).toEqual(['sent_total{of="\ufffd"} 3']);
  });

  const histogram = { type: 'histogram', name: 'wait', count: 2, sum: 3, labels: {} };
  test.each<[string, MetricType, unknown, string[]]>([
    ['says +Inf as well', 'histogram', { ...histogram, buckets: { 1: 1, '+Inf': 2 } }, ['wait_bucket{le="+Inf"} 2']],
    ['says another type', 'summary', { ...histogram, quantiles: { 0.5: 1 } }, ['wait{quantile="0.5"} 1']],
    ['says no type', 'gauge', { value: 4, labels: {} }, ['wait 4']],
    [
      'has nothing for an exemplar',
      'histogram',
      { ...histogram, buckets: {}, exemplars: { 1: null } },
      ['wait_count 2'],
    ],
  ])('is shown where a series %s', async (_what, type, value, expected) => {
    const backend = new PrometheusMetricsBackend();
    backend.addSource({ collect: () => [{ name: 'wait', type, help: '', values: [value as Metric] }] });
    const lines = linesOf(await backend.export('openmetrics'));
    expect(lines).toEqual(expect.arrayContaining(expected));
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines.filter((line) => line.startsWith('trefoil_'))).toEqual([]);
  });

  test.each<[string, MetricType, unknown]>([
    ['without labels', 'gauge', { value: 1 }],
    ['with a reserved label', 'gauge', { value: 1, labels: { __name__: 'x' } }],
    ['of a bucket that is none', 'histogram', { ...histogram, buckets: { '': 1 } }],
    ['of a sum that is a text', 'summary', { ...histogram, sum: '1\nforged 1', quantiles: {} }],
    ['of a counter that is negative', 'counter', { value: -1, labels: {} }],
  ])('loses none of its series but one %s, which is counted', async (_what, type, wrong) => {
    const backend = new PrometheusMetricsBackend();
    const good = { value: 1, labels: {}, count: 1, sum: 1, buckets: {}, quantiles: {} };
    const values = [wrong, good] as unknown as Metric[];
    backend.addSource({ collect: () => [{ name: 'wait', type, help: '', values }] });
    const lines = linesOf(await backend.export());
    expect(lines.filter((line) => /^wait(?:_count)? 1$/.test(line))).toHaveLength(1);
    expect(backend.get('trefoil_metric_problems_total', { metric: 'wait', problem: 'source_failed' })).toBe(1);
  });

  test('is no series twice, where a default label makes two of them one', async () => {
    const registry = new Registry();
    const backend = new PrometheusMetricsBackend({ registry, defaultLabels: { service: 'orders' } });
    const jobs = new Counter({ name: 'jobs_total', help: 'Jobs.', labelNames: ['service'], registers: [registry] });
    jobs.inc();
    jobs.inc({ service: 'orders' });
    expect(linesOf(await backend.export())).toEqual(['jobs_total{service="orders"} 1']);
  });

  test('brings no exemplar that could not be shown', async () => {
    const backend = new PrometheusMetricsBackend({ buckets: { wait: [1] } });
    const series = backend.declare({ name: 'wait', type: 'histogram', help: '', labelNames: [] }).series([]);
    const good = { ...ids, value: 0.5, timestamp: new Date(0) };
    const wrong = [{ traceId: '"} 1\nforged 1' }, { value: Number.NaN }, { timestamp: new Date(Number.NaN) }];
    series.record(0.5);
    for (const each of wrong) series.keepExemplar?.({ ...good, ...each });
    expect(await backend.export('openmetrics')).toContain('wait_bucket{le="1"} 1\n');
    series.keepExemplar?.(good);
    expect(await backend.export('openmetrics')).toContain('wait_bucket{le="1"} 1 # {');
    const wants = [999, 1_000, -999, -1_000].map((atMs) => series.wantsExemplar?.(0.5, atMs));
    // Also once the clock has been set back.
    expect(wants).toEqual([false, true, false, true]);
  });

  test('cannot take a name of ours, nor we one of theirs', () => {
    const registry = new Registry();
    new Gauge({ name: 'theirs', help: 'Theirs.', registers: [registry] });
    const backend = new PrometheusMetricsBackend({ registry });
    expect(() => backend.gauge('theirs', 1)).toThrow(/TREFOIL_METRIC_CONFLICT.*the prom-client registry has a metric/);
    expect(backend.getMetrics()).toEqual([]);
  });
});

describe('the endpoint', () => {
  test('sends what is asked for, compressed where that is taken', async () => {
    const backend = awkwardMetrics();
    const { url } = await backend.startHttpServer({ port: 0 });
    interface Answer {
      readonly type: unknown;
      readonly encoding: unknown;
      readonly vary: unknown;
      readonly body: Buffer;
    }
    const ask = (headers: Record<string, string>): Promise<Answer> =>
      new Promise((resolve, reject) => {
        request(url, { headers }, (response) => {
          const chunks: Buffer[] = [];
          const { 'content-type': type, 'content-encoding': encoding, vary } = response.headers;
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve({ type, encoding, vary, body: Buffer.concat(chunks) }));
        })
          .on('error', reject)
          .end();
      });
    const plain = await ask({});
    expect([plain.type, plain.encoding]).toEqual(['text/plain; version=0.0.4; charset=utf-8', undefined]);
    expect(plain.body.toString()).toBe(await backend.export());
    const packed = await ask({ accept: openMetrics, 'accept-encoding': 'gzip' });
    expect([packed.type, packed.encoding]).toEqual([openMetrics, 'gzip']);
    // A cache in between must not give the one to who asks for the other.
    for (const { vary } of [plain, packed]) expect(vary).toBe('accept, accept-encoding');
    expect(gunzipSync(packed.body).toString()).toBe(await backend.export('openmetrics'));
    await backend.close();
  });
});
