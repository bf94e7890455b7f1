import { barOf, cannotRun, type Bar } from '../faults/bar';
import { startProgram } from './program-process';
import { PrometheusServer } from './prometheus-server';
import { eventually, freePort, startServer, whyMissing, type ServerProcess } from './server-process';

const calls = 1_000;
const failures = calls / 10;
/** A value that does not fit into a path as it is. */
const groupings = { shop: 'eu/west "1"' };

interface PushedGroup {
  readonly labels: Readonly<Record<string, string>>;
  readonly push_failure_time_seconds?: { readonly metrics: readonly { readonly value: string }[] };
}

/** A job that pushes its metrics and ends, a real Pushgateway that keeps them, and a real Prometheus that scrapes that. */
export async function* pushgateway(folder: string): AsyncGenerator<Bar> {
  const missing = whyMissing('prometheus-pushgateway') ?? whyMissing('prometheus');
  if (missing !== undefined) return yield cannotRun('pushes', missing);
  const address = `127.0.0.1:${await freePort()}`;
  const gateway = await startServer({
    // Debian's keeps what it is given from one start to the next, unless it is told not to.
    command: ['prometheus-pushgateway', `--web.listen-address=${address}`, '--persistence.file='],
    folder,
    url: `http://${address}`,
    readyPath: '/-/ready',
  });
  const prometheus = await PrometheusServer.start(folder, address, true);
  const program = startProgram('pushed-metrics', { gatewayUrl: gateway.url, calls, groupings });
  try {
    const errors = await program.next<readonly { readonly message: string }[]>();
    yield barOf(
      'the job',
      errors.length === 0,
      `${errors.length} errors at its end`,
      errors.map(({ message }) => message),
    );
    yield await gatewayBar(gateway);
    yield await prometheusBar(prometheus);
  } finally {
    await Promise.all([program.stop(), prometheus.stop(), gateway.stop()]);
  }
}

async function gatewayBar({ url }: ServerProcess): Promise<Bar> {
  const { data } = (await (await fetch(`${url}/api/v1/metrics`)).json()) as { readonly data: readonly PushedGroup[] };
  const group = data.find(({ labels }) => labels['job'] === 'import');
  const violations = [
    ...(data.length === 1 ? [] : [`${data.length} groups instead of 1`]),
    ...(group?.labels['shop'] === groupings.shop ? [] : [`the group is ${JSON.stringify(group?.labels)}`]),
    ...(group?.push_failure_time_seconds?.metrics[0]?.value === '0' ? [] : ['the gateway has refused a push']),
  ];
  return barOf('the gateway', 'store_operations_total' in (group ?? {}), `one group, of ${calls} calls`, violations);
}

async function prometheusBar(prometheus: PrometheusServer): Promise<Bar> {
  const counted = await eventually('Prometheus has what was pushed', async () => {
    const samples = await prometheus.query('store_operations_total');
    return samples.length > 0 ? samples : undefined;
  });
  const [timed] = await prometheus.query('store_operation_duration_seconds_count');
  const of = (status: string): number | undefined => counted.find(({ labels }) => labels['status'] === status)?.value;
  const violations = [
    ...(of('success') === calls - failures ? [] : [`${of('success')} successes`]),
    ...(of('failure') === failures ? [] : [`${of('failure')} failures`]),
    ...(timed?.value === calls ? [] : [`${timed?.value} durations`]),
    ...(timed?.labels['shop'] === groupings.shop ? [] : [`the shop ${timed?.labels['shop']}`]),
  ];
  return barOf(
    'Prometheus',
    true,
    `${of('success')} successes and ${of('failure')} failures of ${calls} calls`,
    violations,
  );
}
