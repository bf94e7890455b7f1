import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startService } from '../../examples/orders/driver/child-process';
import { barOf, type Bar } from '../faults/bar';
import { OtlpReceiver } from '../fixtures/otlp-receiver';
import { headerCases } from '../tracing/w3c-trace-context';

type Line = Readonly<Record<string, unknown>>;

/** A request of the demo, and what may come of it. */
interface HeaderRequest {
  readonly what: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The trace that the call has to belong to; `undefined` is one of its own. Not looked at where it is left out. */
  readonly traceId?: string | undefined;
}

const long = 'x'.repeat(64 * 1024);
const requests: readonly HeaderRequest[] = [
  ...headerCases,
  ...['traceparent', 'tracestate', 'baggage', 'x-correlation-id', 'x-request-id'].map((name) => ({
    what: `64 KB of ${name}`,
    headers: [[name, long]] as const,
  })),
  ...['\u009b31m', '\u0085', 'a\tb', '"', '{"level":"info"}', 'x'.repeat(12_000), ' ', '\u00ff\u00fe'].map((value) => ({
    what: `ids of ${JSON.stringify(value).slice(0, 40)}`,
    headers: ['x-correlation-id', 'x-request-id', 'user-agent'].map((name) => [name, value] as const),
    traceId: undefined,
  })),
];

/** W3C's own headers, and worse, sent to the demo as they are. */
export async function* hostileHeaders(folder: string): AsyncGenerator<Bar> {
  const receiver = await OtlpReceiver.start();
  const directory = join(folder, 'orders');
  const task = { directory, port: 0, metricsPort: 0, collectorUrl: receiver.endpoint, observed: true };
  const service = await startService(task);
  try {
    const statuses = new Map<string, number>();
    for (const [index, { headers }] of requests.entries()) {
      statuses.set(`customer-${index}`, await statusOf(service.ready.url, `customer-${index}`, headers));
    }
    const last = await statusOf(service.ready.url, 'customer-last', []);
    await service.stop();
    yield answersBar([...statuses.values()], last);
    const lines = readFileSync(service.ready.logFile, 'utf8').split('\n').slice(0, -1);
    const calls = lines.map((line) => JSON.parse(line) as Line).filter(({ operation }) => operation === 'list');
    yield tracesBar(receiver, calls, statuses);
    yield logBar(lines, calls, [...statuses.values()]);
  } finally {
    await service.stop();
    await receiver.close();
  }
}

/** Node refuses what is no header at all, and more than 16 KB of them; everything else is answered. */
function answersBar(statuses: readonly number[], last: number): Bar {
  const of = (status: number): number => statuses.filter((one) => one === status).length;
  const detail = `${statuses.length} requests: ${of(200)} answered, ${of(400)} no HTTP, ${of(431)} too large`;
  return barOf('answers', of(200) + of(400) + of(431) === statuses.length && last === 200, detail);
}

/** The call of a request belongs to the trace that its headers name, where they do, and to one of its own otherwise. */
function tracesBar(receiver: OtlpReceiver, calls: readonly Line[], statuses: ReadonlyMap<string, number>): Bar {
  const traceOf = new Map(calls.map((line) => [line['user_id'], line['trace_id']]));
  const parentOf = new Map(receiver.spans.map((span) => [span.traceId, span.parentSpanId]));
  const named = new Set<unknown>(headerCases.map(({ traceId }) => traceId));
  let joined = 0;
  const violations = requests.flatMap((request, index) => {
    const customer = `customer-${index}`;
    if (statuses.get(customer) !== 200 || !('traceId' in request)) return [];
    const trace = traceOf.get(customer);
    if (request.traceId !== undefined) joined += 1;
    const isExpected =
      request.traceId === undefined ? trace !== undefined && !named.has(trace) : trace === request.traceId;
    return isExpected ? [] : [`${request.what}: the call is of the trace ${String(trace)}`];
  });
  // Of traces that the header does not want to be sampled there are no spans.
  const orphans = [...parentOf].filter(([traceId, parent]) => named.has(traceId) !== (parent !== ''));
  for (const [traceId, parent] of orphans) violations.push(`a span of ${traceId} has the parent ${parent}`);
  const detail = `${joined} calls are of the trace that was named, ${traceOf.size - joined} of one of their own`;
  return barOf('traces', joined > 0, `${detail}; ${receiver.spans.length} spans`, violations);
}

function logBar(lines: readonly string[], calls: readonly Line[], statuses: readonly number[]): Bar {
  const expected = statuses.filter((status) => status === 200).length + 1;
  const raw = lines.filter((line) => /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(line));
  const longest = Math.max(...calls.map(({ correlation_id: id }) => String(id).length));
  const detail = `${calls.length} lines of ${expected} calls, ids of at most ${longest} characters`;
  return barOf('log', calls.length === expected && longest <= 200, detail, raw);
}

/** Sends the headers as they are, which no client of HTTP would do. */
function statusOf(url: string, customer: string, headers: readonly (readonly [string, string])[]): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0)));
    // A server that has read enough may hang up while it is written to.
    socket.on('error', () => undefined);
    const lines = [
      'GET /orders?limit=10 HTTP/1.1',
      'host: orders',
      'connection: close',
      `x-user-id: ${customer}`,
      ...headers.map(([name, value]) => `${name}: ${value}`),
    ];
    const text = `${lines.join('\r\n')}\r\n\r\n`;
    socket.end(text, /[^\u0000-\u00ff]/.test(text) ? 'utf8' : 'latin1');
  });
}
