import autocannon from 'autocannon';
import type { Request, Traffic } from './traffic';

/** What the load generator counted of one kind of traffic. */
export interface Load {
  readonly traffic: Traffic;
  readonly sent: number;
  readonly byStatus: Readonly<Record<number, number>>;
  /** What the answers' bodies held, in bytes. */
  readonly bytesByStatus: Readonly<Record<number, number>>;
  /** Requests without an answer. */
  readonly errors: number;
  /** One per answer, ascending, in milliseconds. */
  readonly latencies: readonly number[];
  /** What was answered with 201. */
  readonly created: readonly string[];
}

/** Sends the traffic over HTTP, every kind at the same time. */
export function sendAll(url: string, traffic: readonly Traffic[]): Promise<Load[]> {
  return Promise.all(traffic.map((one) => send(url, one)));
}

/** Sends one kind of traffic, and resolves when the last answer is there. */
export async function send(url: string, traffic: Traffic): Promise<Load> {
  const created: string[] = [];
  const bytesByStatus: Record<number, number> = {};
  const latencies: number[] = [];
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const instance = autocannon(
      {
        url,
        amount: traffic.amount,
        connections: traffic.connections,
        sampleInt: 20,
        requests: [
          {
            setupRequest: (request) => ({ ...request, ...toHttp(traffic.next()) }),
            onResponse: (status, body) => {
              bytesByStatus[status] = (bytesByStatus[status] ?? 0) + Buffer.byteLength(body);
              if (status === 201) created.push((JSON.parse(body) as { id: string }).id);
            },
          },
        ],
      },
      (error: Error | null, done) => (error === null ? resolve(done) : reject(error)),
    );
    // The result's own latencies are rounded to milliseconds.
    instance.on('response', (_client, _status, _bytes, milliseconds) => latencies.push(milliseconds));
  });
  const statuses = Object.entries(result.statusCodeStats ?? {});
  return {
    traffic,
    sent: result.requests.sent,
    byStatus: Object.fromEntries(statuses.map(([status, { count = 0 }]) => [status, count])),
    bytesByStatus,
    errors: result.errors,
    latencies: latencies.sort((a, b) => a - b),
    created,
  };
}

/** The value below which a share of the ascending values lies. */
export function percentile(values: readonly number[], share: number): number {
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
}

function toHttp({ method, path, user = 'customer-1', body }: Request): autocannon.Request {
  return {
    method,
    path,
    headers: { 'x-user-id': user, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}
