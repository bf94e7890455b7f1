import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import * as v from 'valibot';
import { TrefoilError } from '../errors';
import { text, whole } from '../option-values';
import { checkOptions } from '../validate-options';
import { acceptsGzip } from './exposition-format';

/** Where the endpoint listens. */
export interface MetricsServerOptions {
  /** 0 takes any free port. Default 9464. */
  readonly port?: number;
  /** Default 127.0.0.1: only this machine. */
  readonly host?: string;
  /** Default `/metrics`. */
  readonly path?: string;
}

/** A port; 0 takes any free one. */
const port = whole(0, 65_535, 'a port from 0 to 65535');

/** The path of the endpoint. */
export const endpointPath = v.pipe(
  v.string(),
  v.check((value) => value.startsWith('/'), 'a path that begins with /'),
);

const optionsSchema = v.strictObject({
  port: v.optional(port),
  host: v.optional(text),
  path: v.optional(endpointPath),
});

/** What is served. */
export interface Exposition {
  /** The text, and the type it is in: that which the scraper prefers by its `Accept` header. */
  render(accept: string | undefined): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** A running endpoint. */
export interface MetricsServer {
  readonly url: string;
  close(): Promise<void>;
}

/** More than scrapers need; each takes a file descriptor, and may have a scrape in memory. */
const maxConnections = 100;
const idleTimeoutMs = 30_000;
/** A scrape is a request without a body: who takes long to send one only holds a connection. */
const limits = { headersTimeout: 5_000, requestTimeout: 5_000, connectionsCheckingInterval: 1_000 };

/**
 * Serves an exposition over HTTP, to 100 connections at a time; one that has sent no request after 5 s is closed. It does not keep the process alive.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`; `TREFOIL_METRICS_PORT` where it cannot listen
 */
export async function startMetricsServer(
  exposition: Exposition,
  options: MetricsServerOptions,
): Promise<MetricsServer> {
  const {
    port = 9464,
    host = '127.0.0.1',
    path = '/metrics',
  } = checkOptions(optionsSchema, options, 'startHttpServer');
  const server = createServer(limits, (request, response) => {
    const [requestPath] = (request.url ?? '').split('?');
    if (requestPath !== path) return answer(response, 404, 'text/plain', 'not found\n');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return answer(response, 405, 'text/plain', 'method not allowed\n');
    }
    const { accept, 'accept-encoding': encodings } = request.headers;
    exposition
      .render(accept)
      .then(
        ({ contentType, text }) => answerExposition(response, contentType, text, acceptsGzip(encodings?.toString())),
        () => answer(response, 500, 'text/plain', 'the metrics could not be collected\n'),
      )
      // An answer that cannot be written, as to a scraper that has gone, must not bring the process down.
      .catch(() => response.destroy());
  });
  server.maxConnections = maxConnections;
  // Who neither sends nor reads any more.
  server.setTimeout(idleTimeoutMs);
  // Nor must what goes wrong while it listens, such as a connection that cannot be taken.
  server.on('error', () => undefined);
  await listen(server, port, host);
  server.unref();
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}${path}`,
    close: () => close(server),
  };
}

const compress = promisify(gzip);

async function answerExposition(
  response: ServerResponse,
  contentType: string,
  text: string,
  takesGzip: boolean,
): Promise<void> {
  response.setHeader('vary', 'accept, accept-encoding');
  if (!takesGzip) return answer(response, 200, contentType, text);
  const body = await compress(text);
  response.setHeader('content-encoding', 'gzip');
  answer(response, 200, contentType, body);
}

function answer(response: ServerResponse, status: number, contentType: string, body: string | Buffer): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === 'EADDRINUSE'
          ? 'the port is taken by another process or runtime'
          : `it cannot be opened (${cause.code})`;
      const todo = 'Choose another metrics.port (0 takes any free one), or metrics.port: false for no endpoint.';
      const where = `metrics.port ${host}:${port}`;
      reject(
        new TrefoilError(
          'TREFOIL_METRICS_PORT',
          { attempted: 'Starting the metrics endpoint', where, why, todo },
          { cause },
        ),
      );
    });
    server.listen(port, host, resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
