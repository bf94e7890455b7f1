import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { barOf, cannotRun, type Bar } from '../faults/bar';
import { startProgram } from './program-process';
import { eventually, freePort, startServer, type ServerProcess } from './server-process';

const protocols = ['http/protobuf', 'http/json', 'grpc'] as const;

/** A span as the receiver tells it. */
interface ToldSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code: string; readonly message?: string };
  readonly events: readonly {
    readonly name: string;
    readonly timestamp: number;
    readonly attributes: Readonly<Record<string, unknown>>;
  }[];
}

/** A receiver of OTLP that is not ours reads back what was sent to it by each protocol. */
export async function* foreignReceiver(folder: string): AsyncGenerator<Bar> {
  const install = join(process.cwd(), 'scripts/install-devtools.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [install], { encoding: 'utf8' });
  if (status !== 0)
    return yield cannotRun('spans', `the receiver cannot be installed: ${stderr.trim().split('\n').at(-1)}`);
  const command = JSON.parse(stdout) as string[];
  const [port, grpcPort] = [await freePort(), await freePort()];
  const server = await startServer({
    command: [...command, '--port', String(port), '--grpc-port', String(grpcPort)],
    folder,
    url: `http://127.0.0.1:${port}`,
    readyPath: '/healthz',
  });
  try {
    for (const protocol of protocols) {
      const endpoint = `http://127.0.0.1:${protocol === 'grpc' ? grpcPort : port}`;
      yield await protocolBar(protocol, endpoint, server);
    }
  } finally {
    await server.stop();
  }
}

async function protocolBar(protocol: string, endpoint: string, server: ServerProcess): Promise<Bar> {
  const program = startProgram('linked-spans', { protocol, endpoint });
  try {
    await program.next();
    const spans = await eventually(`three spans have come by ${protocol}`, () =>
      spansOf(server, `letters over ${protocol}`),
    );
    return barOf(
      protocol,
      true,
      `${spans.length} spans with parent, kind, status, attributes and event`,
      violationsOf(spans),
    );
  } finally {
    await program.stop();
  }
}

async function spansOf({ url }: ServerProcess, service: string): Promise<ToldSpan[] | undefined> {
  const answer = await (await fetch(`${url}/v1/traces`)).json();
  const { traces } = answer as { readonly traces: readonly { readonly spans: readonly ToldSpan[] }[] };
  const spans = traces.flatMap((trace) => trace.spans).filter((span) => span.attributes['service.name'] === service);
  return spans.length >= 3 ? spans : undefined;
}

function violationsOf(spans: readonly ToldSpan[]): string[] {
  const [create, get, failed] = ['create', 'get', 'delete'].map((operation) =>
    spans.find(({ name }) => name === `LetterStore.${operation}`),
  );
  const exception = failed?.events[0];
  const facts: readonly (readonly [what: string, found: unknown, expected: unknown])[] = [
    ['spans', spans.length, 3],
    ['kinds', [create?.kind, get?.kind], ['CLIENT', 'INTERNAL']],
    ['the parent', [get?.parentSpanId, get?.traceId], [create?.spanId, create?.traceId]],
    ['roots', [create?.parentSpanId, failed?.parentSpanId], [undefined, undefined]],
    ['traces', create?.traceId === failed?.traceId, false],
    ['a number and a flag', [create?.attributes['pages'], create?.attributes['sealed']], [3, true]],
    ['a text', create?.attributes['item.id'], 'a "quoted" one, ☘'],
    ['the store', [create?.attributes['store.type'], create?.attributes['store.id']], ['memory', 'letters']],
    ['the failure', failed?.status, { code: 'ERROR', message: 'no such letter' }],
    ['its type', failed?.attributes['error.type'], 'RangeError'],
    ['success', create?.status.code === 'ERROR', false],
    ['the exception', [exception?.name, exception?.attributes['exception.type']], ['exception', 'RangeError']],
    // The receiver's milliseconds are rounded.
    ['its time', isWithin(exception?.timestamp, failed), true],
  ];
  return facts
    .filter(([, found, expected]) => !isDeepStrictEqual(found, expected))
    .map(([what, found, expected]) => `${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
}

function isWithin(time: number | undefined, span: ToldSpan | undefined): boolean {
  return time !== undefined && span !== undefined && time >= span.startTime - 0.01 && time <= span.endTime + 0.01;
}
