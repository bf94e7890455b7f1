import { PrometheusMetricsBackend } from '../../src/index';

const series = 100_000;

describe('a large scrape', () => {
  const backend = new PrometheusMetricsBackend();
  const family = backend.declare({ name: 'big_total', type: 'counter', help: 'Big.', labelNames: ['at'] });
  const all = Array.from({ length: series }, (_, at) => family.series([String(at)]));
  const recordAll = (): void => all.forEach((each) => each.record(1));
  const valuesIn = (text: string): string[] =>
    text.split('\n').flatMap((line) => (line.startsWith('big_total{') ? [line.slice(line.lastIndexOf(' ') + 1)] : []));

  test('lets other work have its turn, and shows one moment all the same', async () => {
    recordAll();
    let turns = 0;
    const other = (): void => {
      turns += 1;
      // What is recorded in between is for the next scrape.
      if (turns === 1) recordAll();
      handle = setImmediate(other);
    };
    let handle = setImmediate(other);
    const first = await backend.export('openmetrics');
    clearImmediate(handle);
    expect(turns).toBeGreaterThan(1);
    expect(valuesIn(first)).toHaveLength(series);
    expect(new Set(valuesIn(first))).toEqual(new Set(['1']));
    expect(new Set(valuesIn(await backend.export()))).toEqual(new Set(['2']));
  });

  test('is the same for two that ask at once, each of its own moment', async () => {
    const [one, other] = await Promise.all([backend.export(), backend.export()]);
    expect(one).toBe(other);
  });
});
