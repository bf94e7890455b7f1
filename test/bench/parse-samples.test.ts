import { Counter, Registry } from 'prom-client';
import { parseSamples } from '../../bench/parse-samples';

describe('the samples of a scrape', () => {
  it('are found by name and labels, in whatever order these are written', () => {
    const samples = parseSamples('# HELP a_total A.\n# TYPE a_total counter\na_total{x="1",y="2"} 3\nb 1e-3\n');
    expect(samples).toEqual(parseSamples('b 0.001\na_total{y="2",x="1"} 3'));
    expect([...samples.values()]).toEqual([3, 0.001]);
  });

  it('stay apart however their labels are written', async () => {
    const registry = new Registry();
    const counter = new Counter({ name: 'a_total', help: 'A.', labelNames: ['x'], registers: [registry] });
    const values = ['1', '1,y="2"', '}', '\\', '"', ' 5', '1\n'];
    for (const [index, x] of values.entries()) counter.inc({ x }, index + 1);
    expect([...parseSamples(await registry.metrics()).values()]).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('are refused where a line is none', () => {
    expect(() => parseSamples('a_total{x="1"}')).toThrow('expected a sample, got a_total{x="1"}');
  });
});
