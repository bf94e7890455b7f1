import 'reflect-metadata';
import { Counted, Traced } from '../../src/index';
import { startMemoryRuntime } from '../fixtures/memory-runtime';

const secret = 'cAnary7Zq9xK';

class Orders {
  @Traced({ name: (url: string) => `GET ${url}` })
  @Counted({ name: 'fetched_total', labels: { url: (url: string) => url, token: () => secret } })
  fetch(_url: string): void {}
}

test('the name of a span and the labels of a metric hold no secret', () => {
  const runtime = startMemoryRuntime();
  new Orders().fetch(`https://host.example/?access_token=${secret}`);
  const names = runtime.spans().map(({ name }) => name);
  const metrics = JSON.stringify(runtime.trefoil.metrics.getMetrics());
  expect(names).toEqual(['GET https://host.example/?access_token=[REDACTED]']);
  expect(metrics).toContain('https://host.example/?access_token=[REDACTED]');
  expect(metrics).not.toContain(secret);
});
