import { context } from '@opentelemetry/api';
import type * as OpenTelemetryCore from '@opentelemetry/core';
import * as v from 'valibot';
import { messageOf } from '../diagnostics';
import { TrefoilError } from '../errors';
import type { ExportHealth } from '../export-health';
import { httpUrl, text, timeoutMs, whole } from '../option-values';
import { DataRedactor } from '../redaction/data-redactor';
import { escapeText } from '../redaction/escape-text';
import { checkOptions } from '../validate-options';
import { headersOption } from './header-options';
import { isLabelName } from './label-names';
import type { Labels } from './metrics-backend';

/** Where a push goes, and how. */
export interface PushGatewayOptions {
  /** The Pushgateway's URL, such as `http://pushgateway:9091`; user and password in it are sent as basic authentication. */
  readonly gatewayUrl: string;
  /** The `job` label of the group. */
  readonly jobName: string;
  /** Further labels of the group, such as the instance. Each process has to have a group of its own. */
  readonly groupings?: Labels;
  /** `push` replaces the whole group, `pushAdd` only metrics of the same names. Default `pushAdd`. */
  readonly method?: 'push' | 'pushAdd';
  /** Headers of each request, such as an authorization. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long a push may take, in milliseconds, all its attempts together. Default 4,000. */
  readonly timeoutMs?: number;
  /** How often a push that failed is tried again: where nobody answers, and at the statuses 429 and 5xx. Default 3. */
  readonly retries?: number;
  /** How long to wait before the first retry, at most; doubled for each further one, of which a random share is waited. Default 200. */
  readonly backoffMs?: number;
  /** Pushes again and again, this long apart, in milliseconds. Default: once. */
  readonly intervalMs?: number;
  /** Deletes the group when it is closed, so that the gateway does not show what is no more. Default false. */
  readonly deleteOnClose?: boolean;
}

/** Metrics that are pushed to a Pushgateway, until it is closed. */
export interface GatewayPush {
  /** Pushes now; rejects with `TREFOIL_METRICS_PUSH` where the gateway did not take it. */
  push(): Promise<void>;
  /** Deletes the group from the gateway; rejects likewise. */
  delete(): Promise<void>;
  /** Ends the interval after a last push, or after deleting the group; never rejects. */
  close(): Promise<void>;
}

const groupingName = v.pipe(
  v.string(),
  v.check((name) => isLabelName(name) && name !== 'job', 'the name of a label other than job'),
);

/** Without the names of where and as what, which the runtime's option calls otherwise. */
export const pushEntries = {
  groupings: v.optional(v.record(groupingName, v.string())),
  method: v.optional(v.picklist(['push', 'pushAdd'])),
  headers: headersOption,
  timeoutMs: v.optional(timeoutMs),
  retries: v.optional(whole(0, 2 ** 31 - 1, `a whole number from 0 to ${2 ** 31 - 1}`)),
  backoffMs: v.optional(timeoutMs),
  intervalMs: v.optional(timeoutMs),
};

const schema = v.strictObject({
  gatewayUrl: httpUrl,
  jobName: text,
  ...pushEntries,
  deleteOnClose: v.optional(v.boolean()),
});

const longestBackoffMs = 30_000;

/** One attempt that failed, and whether another may succeed. */
class AttemptError extends Error {
  readonly isRetryable: boolean;

  constructor(message: string, isRetryable: boolean, options?: ErrorOptions) {
    super(message, options);
    this.isRetryable = isRetryable;
  }
}

/** Pushes an exposition to a Pushgateway: one push at a time, each with retries, at an interval where one is asked for. */
export class PushGateway implements GatewayPush {
  readonly #options: PushGatewayOptions;
  readonly #text: () => Promise<string>;
  readonly #onClosed: () => void;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #redactor = new DataRedactor();
  #timer: NodeJS.Timeout | undefined;
  /** What is being sent; it never rejects. */
  #sending: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #exported = 0;
  #failures = 0;
  #retries = 0;
  #lastError: string | undefined;
  #closing: Promise<void> | undefined;

  /**
   * @param text what is pushed, in the Prometheus text format
   * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`
   */
  constructor(options: PushGatewayOptions, text: () => Promise<string>, onClosed: () => void = () => undefined) {
    this.#options = checkOptions(schema, options, 'pushToGateway');
    this.#text = text;
    this.#onClosed = onClosed;
    const { url, authorization } = groupUrl(this.#options);
    this.#url = url;
    this.#headers = { ...(authorization === undefined ? {} : { authorization }), ...options.headers };
  }

  /** Begins the interval, where one is asked for; it does not keep the process alive. */
  start(): void {
    const { intervalMs } = this.#options;
    if (intervalMs === undefined || this.#timer !== undefined || this.#closing !== undefined) return;
    this.#timer = setInterval(() => {
      // A gateway that takes longer than the interval is not given a second push to be busy with.
      if (this.#waiting === 0) void this.push().catch(() => undefined);
    }, intervalMs).unref();
  }

  push(): Promise<void> {
    const method = this.#options.method === 'push' ? 'PUT' : 'POST';
    return this.#enqueue(() => this.#persist(method, this.#options.retries ?? 3));
  }

  delete(): Promise<void> {
    return this.#enqueue(() => this.#persist('DELETE', this.#options.retries ?? 3));
  }

  /** Asked again, it gives the same promise. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sending;
    const { deleteOnClose = false, method } = this.#options;
    // A gateway that has just refused a push is not waited for once more.
    if (this.#lastError === undefined || deleteOnClose) {
      const last = deleteOnClose ? 'DELETE' : method === 'push' ? 'PUT' : 'POST';
      await this.#enqueue(() => this.#persist(last, 1)).catch(() => undefined);
    }
    this.#onClosed();
  }

  /** Of pushes: each is one record, and none waits for long, as the next one says all that it said. */
  health(): ExportHealth {
    return {
      exporter: 'pushgateway',
      queueDepth: this.#waiting,
      queueLimit: undefined,
      exported: this.#exported,
      dropped: {},
      failures: this.#failures,
      retries: this.#retries,
      lastError: this.#lastError,
    };
  }

  /** One after the other: an older push must not overtake a newer one. */
  #enqueue(send: () => Promise<void>): Promise<void> {
    this.#waiting += 1;
    const sent = this.#sending.then(send).finally(() => (this.#waiting -= 1));
    this.#sending = sent.catch(() => undefined);
    return sent;
  }

  async #persist(method: string, retries: number): Promise<void> {
    const { timeoutMs = 4_000, backoffMs = 200 } = this.#options;
    const deadline = AbortSignal.timeout(timeoutMs);
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#attempt(method, deadline);
        if (method !== 'DELETE') this.#exported += 1;
        this.#lastError = undefined;
        return;
      } catch (error) {
        const isRetryable = error instanceof AttemptError && error.isRetryable && !deadline.aborted;
        const waited = isRetryable && attempt < retries && (await passes(backoff(backoffMs, attempt), deadline));
        if (!waited) throw this.#giveUp(error);
        this.#retries += 1;
      }
    }
  }

  async #attempt(method: string, signal: AbortSignal): Promise<void> {
    const body = method === 'DELETE' ? undefined : await this.#text();
    const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', ...this.#headers };
    const request: RequestInit = {
      method,
      headers,
      signal,
      redirect: 'error',
      ...(body === undefined ? {} : { body }),
    };
    const { suppressTracing } = require('@opentelemetry/core') as typeof OpenTelemetryCore;
    let response: Response;
    try {
      // An application that traces its requests has no use for a span of each push.
      response = await context.with(suppressTracing(context.active()), () => fetch(this.#url, request));
    } catch (cause) {
      const why = signal.aborted ? 'it did not answer in time' : reasonOf(cause);
      throw new AttemptError(why, true, { cause });
    }
    if (response.ok) {
      // Nobody reads it: whether the rest of it comes says nothing about what has been taken.
      await response.body?.cancel().catch(() => undefined);
      return;
    }
    const said = escapeText((await response.text().catch(() => '')).slice(0, 200).trim());
    const { status } = response;
    throw new AttemptError(`it answered ${status}${said === '' ? '' : `: ${said}`}`, status === 429 || status >= 500);
  }

  #giveUp(cause: unknown): TrefoilError {
    this.#failures += 1;
    const why = this.#redactor.redactText(messageOf(cause));
    this.#lastError = why;
    return new TrefoilError(
      'TREFOIL_METRICS_PUSH',
      {
        attempted: 'Pushing metrics',
        where: this.#redactor.redactText(this.#url),
        why,
        todo: 'Check that the Pushgateway runs there and takes what is pushed; the next push says all that this one did.',
      },
      { cause },
    );
  }
}

/** What fetch throws says little; what it wraps says why. */
function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return typeof cause?.code === 'string' ? cause.code : messageOf(error);
}

/**
 * Where the group is. A value that is empty or has a slash goes in base64.
 *
 * Source of the format: https://github.com/prometheus/pushgateway#url
 */
function groupUrl({ gatewayUrl, jobName, groupings = {} }: PushGatewayOptions): {
  readonly url: string;
  readonly authorization: string | undefined;
} {
  const url = new URL(gatewayUrl);
  const { username, password } = url;
  const isNamed = username !== '' || password !== '';
  const user = `${decoded(username)}:${decoded(password)}`;
  const authorization = isNamed ? `Basic ${Buffer.from(user).toString('base64')}` : undefined;
  url.username = '';
  url.password = '';
  url.hash = '';
  const labels = [['job', jobName] as const, ...Object.entries(groupings)].map(([name, value]) => segment(name, value));
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/metrics/${labels.join('/')}`;
  return { url: url.href, authorization };
}

/** A `%` of a password may stand for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function segment(name: string, value: string): string {
  // `.` and `..` would be taken for steps along the path, and half a surrogate pair cannot be written in one.
  if (value !== '' && !/^\.{1,2}$|\/|\p{Surrogate}/u.test(value)) return `${name}/${encodeURIComponent(value)}`;
  const encoded = Buffer.from(value).toString('base64url');
  return `${name}@base64/${encoded === '' ? '=' : encoded}`;
}

/** A random share of a time that doubles, so that many processes do not come back at once. */
function backoff(firstMs: number, attempt: number): number {
  return Math.random() * Math.min(longestBackoffMs, firstMs * 2 ** attempt);
}

/** Waits; false where the deadline comes first. */
function passes(ms: number, deadline: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const onDeadline = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      deadline.removeEventListener('abort', onDeadline);
      resolve(true);
    }, ms);
    deadline.addEventListener('abort', onDeadline, { once: true });
  });
}
