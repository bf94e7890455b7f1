import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';

interface Received {
  readonly path: string;
  readonly contentType: string;
  readonly header: string | undefined;
  readonly body: Buffer;
}

/** A collector that keeps what it is sent. */
async function startCollector(): Promise<{ received: Received[]; endpoint: string; server: Server }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({
        path: request.url ?? '',
        contentType: request.headers['content-type'] ?? '',
        header: request.headers['x-team'] as string | undefined,
        body: Buffer.concat(chunks),
      });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { received, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** Run by a plain Node.js: the exporters import their transport while they run, which a test runner's sandbox forbids. */
const program = `
  require('reflect-metadata');
  const { OpenTelemetryTracer } = require('trefoil');
  const [endpoint, protocol] = process.argv.slice(1);
  const tracer = new OpenTelemetryTracer({
    serviceName: 'orders',
    resource: { 'service.version': '1.2.3' },
    exporterType: 'otlp',
    endpoint,
    protocol,
    headers: { 'x-team': 'red' },
  });
  const span = tracer.startActiveSpan('store.read', (active) => (active.end(), active));
  tracer.flush().then(() => tracer.shutdown()).then(() => console.log(span.spanContext().traceId));
`;

describe('the OpenTelemetry tracer', () => {
  test.each([
    ['http/json', 'application/json'],
    ['http/protobuf', 'application/x-protobuf'],
  ] as const)('exports spans over OTLP %s to a real receiver', async (protocol, contentType) => {
    const { received, endpoint, server } = await startCollector();
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', program, endpoint, protocol]);
    expect(received).toMatchObject([{ path: '/v1/traces', contentType, header: 'red' }]);
    const text = received[0]?.body.toString('latin1') ?? '';
    for (const expected of ['store.read', 'orders', '1.2.3']) expect(text).toContain(expected);
    const traceId = stdout.trim();
    expect(text).toContain(protocol === 'http/json' ? traceId : Buffer.from(traceId, 'hex').toString('latin1'));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
