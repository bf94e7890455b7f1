import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { isNetworkFailure, withRetries } from './retry';
import { OtlpNumbers } from '../otlp-values';
import { checkSize, TooManyBytesError, UnwritableSpansError, type SpanSender } from './span-sender';
import { resolveBatch, type OpenTelemetryTracerOptions } from './tracer-options';
import { writtenSpan } from './written-span';
import { toZipkinSpan } from './zipkin-span';

const defaultTimeoutMs = 10_000;
const spansPath = '/api/v2/spans';

/** Where Zipkin's spans go. */
export function zipkinUrl({ url, endpoint }: OpenTelemetryTracerOptions): string {
  if (url !== undefined) return url;
  const given = new URL(endpoint ?? 'http://localhost:9411');
  if (given.pathname === '/') given.pathname = spansPath;
  return given.href;
}

/** An answer that is none of the successes. */
class RefusedError extends Error {
  readonly statusCode: number;

  constructor(statusCode: number) {
    super(`Zipkin answered with the status ${statusCode}`);
    this.statusCode = statusCode;
  }
}

function refusal(statusCode: number): Error {
  return statusCode === 413
    ? new TooManyBytesError('Zipkin answered with the status 413')
    : new RefusedError(statusCode);
}

const retryableStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Sends spans as Zipkin's JSON. OpenTelemetry's exporter for it waits for ever for an answer, makes one attempt, and sends
 * fractions of microseconds, which Zipkin's API does not have.
 */
export class ZipkinSpanSender implements SpanSender {
  readonly name = 'zipkin';
  retries = 0;
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;
  readonly #maxBytes: number;
  readonly #requests = new Set<ClientRequest>();
  #ending = new AbortController();

  constructor(options: OpenTelemetryTracerOptions) {
    this.#url = new URL(zipkinUrl(options));
    this.#headers = { ...options.headers, 'content-type': 'application/json' };
    this.#timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    this.#maxBytes = resolveBatch(options.batch).maxExportBatchBytes;
  }

  async send(spans: ReadableSpan[]): Promise<void> {
    const body = bodyOf(spans);
    checkSize(Buffer.byteLength(body), this.#maxBytes, spans.length);
    const deadline = Date.now() + this.#timeoutMs;
    await withRetries(() => this.#post(body, Math.max(1, deadline - Date.now())), {
      withinMs: this.#timeoutMs,
      isRetryable: (error) =>
        isNetworkFailure(error) || (error instanceof RefusedError && retryableStatuses.has(error.statusCode)),
      onRetry: () => (this.retries += 1),
      signal: this.#ending.signal,
    });
  }

  abandon(): void {
    this.#ending.abort();
    this.#ending = new AbortController();
    for (const request of this.#requests) request.destroy(new Error('nobody waits for the answer any more'));
  }

  shutdown(): Promise<void> {
    this.abandon();
    return Promise.resolve();
  }

  #post(body: string, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAnswer = (response: IncomingMessage): void => {
        const { statusCode = 0 } = response;
        response.on('error', reject).resume();
        if (statusCode >= 200 && statusCode < 300) response.once('end', resolve);
        else response.once('end', () => reject(refusal(statusCode)));
      };
      const request = this.#url.protocol === 'https:' ? requestHttps : requestHttp;
      const headers = { ...this.#headers, 'content-length': Buffer.byteLength(body) };
      const sent = request(this.#url, { method: 'POST', headers, agent: false }, onAnswer);
      const tooLate = new Error(`Zipkin has not answered within ${this.#timeoutMs} ms`);
      const timer = setTimeout(() => sent.destroy(tooLate), timeoutMs);
      this.#requests.add(sent);
      sent.once('close', () => {
        clearTimeout(timer);
        this.#requests.delete(sent);
        reject(new Error('the connection was closed'));
      });
      sent.on('error', reject).end(body);
    });
  }
}

function bodyOf(spans: readonly ReadableSpan[]): string {
  try {
    return JSON.stringify(spans.map((span) => toZipkinSpan(writtenSpan(span, OtlpNumbers.asTheyAre))));
  } catch (cause) {
    throw new UnwritableSpansError(cause);
  }
}
