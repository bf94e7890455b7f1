import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

// A process of its own: takes spans by OTLP/HTTP with JSON on POST /v1/traces, and answers GET /spans with all of them.

/** A span as it was received. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface OtlpSpan extends Omit<ReceivedSpan, 'attributes'> {
  readonly attributes: readonly OtlpAttribute[];
}

interface OtlpTraces {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[] }[];
}

const spans: ReceivedSpan[] = [];

const server = createServer((request, response) => {
  const answer = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  if (request.method === 'POST' && request.url === '/v1/traces') {
    readJson(request).then(
      (traces) => {
        spans.push(...spansOf(traces as OtlpTraces));
        answer(200, {});
      },
      () => answer(400, { message: 'expected OTLP as JSON' }),
    );
  } else if (request.method === 'GET' && request.url === '/spans') {
    answer(200, spans);
  } else {
    answer(404, { message: 'not found' });
  }
});

server.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});

// Ctrl-C reaches the whole group; the service still has spans to send then, so only the driver ends this process.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));

function spansOf({ resourceSpans }: OtlpTraces): ReceivedSpan[] {
  const received = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  return received.map(({ traceId, spanId, name, attributes }) => ({
    traceId,
    spanId,
    name,
    attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
  }));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}
