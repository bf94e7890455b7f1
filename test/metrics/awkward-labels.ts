import { PrometheusMetricsBackend } from '../../src/index';

/** What somebody might give as a value of a label, to break a line out of it. */
export const awkwardLabels: readonly string[] = [
  'plain',
  '',
  ' spaces ',
  'quote"quote',
  '"} 1\nforged_total 9',
  'back\\slash\\',
  '\\n',
  '\\"',
  'line\nfeed',
  'carriage\rreturn',
  'a\r\nforged_total 9',
  'comma,comma={a="b"}',
  'tab\tnul\u0000bell\u0007escape\u001b[31m',
  '\u0085next\u2028line\u2029paragraph',
  'ключ 鍵 🔑',
  '\u202eright to left',
  'half \ud83d',
  'another half \udd11',
  '# EOF',
  'x'.repeat(1_024),
];

/** A backend that has recorded all four kinds of metrics with them. */
export function awkwardMetrics(): PrometheusMetricsBackend {
  const backend = new PrometheusMetricsBackend({ defaultLabels: { service: 'or"d\rers' } });
  for (const kind of awkwardLabels) {
    backend.increment('jobs_total', { kind });
    backend.gauge('queue', 2.5, { kind });
    backend.histogram('wait_seconds', 0.3, { kind });
    backend.summary('size_bytes', 7, { kind });
  }
  backend.declare({
    name: 'big_bytes',
    type: 'gauge',
    help: 'Two\nlines,\r"quoted" \\.',
    labelNames: [],
    unit: 'bytes',
  });
  for (const [level, value] of [NaN, Infinity, -Infinity, -0, 1e21, 5e-324].entries()) {
    backend.gauge('level', value, { of: String(level) });
  }
  return backend;
}
