import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, startServer, type ServerProcess } from './server-process';

/** A series as Prometheus has it now. */
export interface StoredSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What Prometheus keeps of one series' exemplars. */
export interface StoredExemplars {
  readonly seriesLabels: Readonly<Record<string, string>>;
  readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: string }[];
}

/** A real Prometheus that scrapes one target every second. */
export class PrometheusServer {
  readonly #server: ServerProcess;

  private constructor(server: ServerProcess) {
    this.#server = server;
  }

  /** @param target host and port of what it scrapes as the job `trefoil` */
  static async start(folder: string, target: string, honorLabels = false): Promise<PrometheusServer> {
    const data = join(folder, 'prometheus');
    mkdirSync(data, { recursive: true });
    const config = join(data, 'prometheus.yml');
    writeFileSync(
      config,
      JSON.stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s' },
        scrape_configs: [{ job_name: 'trefoil', honor_labels: honorLabels, static_configs: [{ targets: [target] }] }],
      }),
    );
    const address = `127.0.0.1:${await freePort()}`;
    const server = await startServer({
      command: [
        'prometheus',
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(data, 'tsdb')}`,
        `--web.listen-address=${address}`,
        '--enable-feature=exemplar-storage',
      ],
      folder: data,
      url: `http://${address}`,
      readyPath: '/-/ready',
    });
    return new PrometheusServer(server);
  }

  /** The newest sample of each series that a selector names; what is older than 5 s is not there. */
  async query(selector: string): Promise<StoredSample[]> {
    const { result } = await this.#get<{ result: { metric: Record<string, string>; value: [number, string] }[] }>(
      '/api/v1/query',
      { query: selector },
    );
    return result.map(({ metric: { __name__: name = '', instance: _instance, job: _job, ...labels }, value }) => ({
      name,
      labels,
      value: Number(value[1]),
    }));
  }

  /** Type and help of each metric family. */
  metadata(): Promise<Readonly<Record<string, readonly { readonly type: string; readonly help: string }[]>>> {
    return this.#get('/api/v1/metadata', {});
  }

  exemplars(selector: string): Promise<readonly StoredExemplars[]> {
    const now = Date.now() / 1000;
    return this.#get('/api/v1/query_exemplars', { query: selector, start: String(now - 3600), end: String(now + 60) });
  }

  /** Why the target cannot be scraped; empty where it can. */
  async scrapeError(): Promise<string> {
    type Targets = { activeTargets: { lastError: string }[] };
    return (await this.#get<Targets>('/api/v1/targets', {})).activeTargets[0]?.lastError ?? 'not scraped';
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  async #get<Data>(path: string, parameters: Readonly<Record<string, string>>): Promise<Data> {
    const response = await fetch(`${this.#server.url}${path}?${new URLSearchParams(parameters).toString()}`);
    const answer = (await response.json()) as { status: string; error?: string; data: Data };
    if (answer.status !== 'success') throw new Error(`Prometheus answered ${path} with ${answer.error}`);
    return answer.data;
  }
}

/** What `promtool check metrics` says against an exposition in the text format; empty where it finds nothing. */
export function promtoolProblems(text: string): string[] {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  const said = (stdout + stderr).split('\n').filter((line) => line !== '');
  return status === 0 || said.length > 0 ? said : [`promtool ended with ${status}`];
}
