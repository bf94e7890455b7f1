import 'reflect-metadata';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { contentTypes } from '../../src/metrics/exposition-format';
import { startMetricsServer } from '../../src/metrics/metrics-server';
import { awkwardLabels, awkwardMetrics } from './awkward-labels';

const isInstalled = spawnSync('prometheus', ['--version']).status === 0;
const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A running Prometheus, and how to ask it. */
async function startPrometheus(
  targets: Readonly<Record<string, string>>,
): Promise<{ ask: (path: string) => Promise<unknown>; stop: () => Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'trefoil-prometheus-'));
  const jobs = Object.entries(targets).map(([job, url]) => ({
    job_name: job,
    static_configs: [{ targets: [new URL(url).host] }],
  }));
  const configuration = { global: { scrape_interval: '1s' }, scrape_configs: jobs };
  writeFileSync(join(directory, 'prometheus.yml'), JSON.stringify(configuration));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=${address}`,
      '--enable-feature=exemplar-storage',
    ],
    { stdio: 'ignore' },
  );
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await once(child, 'close');
    rmSync(directory, { recursive: true, force: true });
  };
  const ask = async (path: string): Promise<unknown> => {
    const answer = await fetch(`http://${address}/api/v1/${path}`);
    return ((await answer.json()) as { data: unknown }).data;
  };
  return { ask, stop };
}

interface Target {
  readonly labels: { readonly job: string };
  readonly health: string;
  readonly lastError: string;
}

interface Found {
  readonly result: readonly { readonly metric: Record<string, string>; readonly value: readonly [number, string] }[];
}

/** Asks until each target has been scraped once, well or not. */
async function scraped(ask: (path: string) => Promise<unknown>): Promise<readonly Target[]> {
  for (const end = Date.now() + 20_000; Date.now() < end; await delay(50)) {
    const answer = (await ask('targets').catch(() => undefined)) as { activeTargets: Target[] } | undefined;
    const targets = answer?.activeTargets ?? [];
    if (targets.length > 0 && targets.every(({ health }) => health !== 'unknown')) return targets;
  }
  throw new Error('Prometheus has not scraped within 20 seconds');
}

(isInstalled ? test : test.skip)('a Prometheus reads both forms alike, and the exemplars of one', async () => {
  const backend = awkwardMetrics();
  const wait = { name: 'exemplary_seconds', type: 'histogram', help: 'E.', labelNames: [], unit: 'seconds' } as const;
  const series = backend.declare(wait).series([]);
  series.record(0.25);
  series.keepExemplar?.({ ...ids, value: 0.25, timestamp: new Date() });
  const { url: openmetrics } = await backend.startHttpServer({ port: 0 });
  const render = async (): Promise<{ contentType: string; text: string }> => ({
    contentType: contentTypes.prometheus,
    text: await backend.export(),
  });
  const asText = await startMetricsServer({ render }, { port: 0 });
  const { ask, stop } = await startPrometheus({ openmetrics, text: asText.url });
  try {
    const targets = await scraped(ask);
    expect(targets.map(({ lastError }) => lastError)).toEqual(['', '']);
    const query = async (job: string): Promise<unknown[]> => {
      const selected = `{job="${job}",__name__!~"scrape_.*|up|level"}`;
      const { result } = (await ask(`query?query=${encodeURIComponent(selected)}`)) as Found;
      return result.map(({ metric: { job: _job, instance: _instance, ...labels }, value }) => [labels, value[1]]);
    };
    const [ofOpenMetrics, ofText] = [await query('openmetrics'), await query('text')];
    expect(new Set(ofOpenMetrics.map((each) => JSON.stringify(each)))).toEqual(
      new Set(ofText.map((each) => JSON.stringify(each))),
    );
    const jobs = ofOpenMetrics.filter((each) => JSON.stringify(each).includes('"jobs_total"'));
    expect(jobs).toHaveLength(awkwardLabels.length);
    expect(JSON.stringify(ofOpenMetrics)).not.toContain('"__name__":"forged_total"');
    const now = Date.now() / 1000;
    const range = `query=exemplary_seconds_bucket&start=${now - 600}&end=${now + 600}`;
    const exemplars = JSON.stringify(await ask(`query_exemplars?${range}`));
    expect(exemplars).toContain(`"trace_id":"${ids.traceId}"`);
    expect(exemplars).toContain(`"span_id":"${ids.spanId}"`);
  } finally {
    await stop();
    await asText.close();
    await backend.close();
  }
});
