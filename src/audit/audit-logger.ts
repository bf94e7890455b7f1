import { isSpanContextValid, trace, type Context } from '@opentelemetry/api';
import * as v from 'valibot';
import { activeContext, callIn, requestIn } from '../call/context';
import { guardedGenerator } from '../call/custom-id';
import { errorChainOf, errorMessageOf } from '../call/error-chain';
import { errorTypeOf } from '../call/error-type';
import type { AuditEventType } from '../call/event-type';
import type { Delivery, OnAuditFailure } from '../call/delivery';
import { runAsTelemetry } from '../call/suppression';
import { Diagnostics } from '../diagnostics';
import { callable, text, timeoutMs } from '../option-values';
import { DataRedactor, redactor, type ChangesToRedact } from '../redaction/data-redactor';
import { checkOptions } from '../validate-options';
import { escapeText } from '../redaction/escape-text';
import { canDeliver, type AuditBackend } from './audit-backend';
import { auditBackend, deliveries } from './audit-backend-option';
import { AuditEvent } from './audit-event';
import { AuditLosses } from './audit-losses';
import { deliveryError } from './delivery-error';
import { journalDefaults } from './journal/journal-options';
import { confirmed } from './confirmed';
import type { AuditEventInit } from './audit-event-init';

/** What a logger writes about. */
export interface AuditLoggerStore {
  /** What kind of storage it is, such as `s3`. */
  readonly storeType: string;
  /** Which one it is, such as a bucket. */
  readonly storeId?: string;
  readonly storeName?: string;
}

/** Settings of an {@link AuditLogger} that belongs to no runtime. */
export interface AuditLoggerOptions extends AuditLoggerStore {
  readonly backend: AuditBackend;
  /** Default: one with the default rules. */
  readonly redactor?: DataRedactor;
  /** Default `buffered`, or the best that the backend can give below it. */
  readonly delivery?: Delivery;
  /** What happens where an event cannot be kept. Default: `fail-operation` for strict and durable. */
  readonly onFailure?: OnAuditFailure;
  /** How long an entry under `durable` or `strict` waits for the backend, in milliseconds. Default 5,000. */
  readonly maxWaitMs?: number;
  readonly generateId?: () => string;
  readonly service?: string;
  readonly environment?: string;
  /** Told of events that could not be kept, at most once in ten seconds. Default: the console. */
  readonly onError?: (error: unknown) => void;
}

const storeEntries = { storeType: text, storeId: v.optional(v.string()), storeName: v.optional(v.string()) };

const storeSchema = v.strictObject(storeEntries);

const optionsSchema = v.strictObject({
  ...storeEntries,
  backend: auditBackend,
  redactor: v.optional(redactor),
  delivery: v.optional(v.picklist(deliveries)),
  onFailure: v.optional(v.picklist(['fail-operation', 'continue'])),
  maxWaitMs: v.optional(timeoutMs),
  generateId: v.optional(callable<() => string>()),
  service: v.optional(v.string()),
  environment: v.optional(v.string()),
  onError: v.optional(callable<(error: unknown) => void>()),
});

/** What is known of an entry; ids that are not given come from the request context, the active span and the current call. */
export type AuditEntry = Partial<
  Omit<AuditEventInit, 'storeType' | 'storeId' | 'storeName' | 'eventType' | 'changes'>
> & {
  /** What the item was and what it is; with `diff`, only the fields that differ are recorded. */
  readonly changes?: ChangesToRedact | undefined;
};

/** What a logger writes with; asked for at every entry, as a runtime may be reconfigured. */
export interface AuditLoggerSetting {
  readonly backend: AuditBackend;
  readonly redactor: DataRedactor;
  readonly delivery: Delivery;
  readonly onFailure: OnAuditFailure | undefined;
  readonly maxWaitMs: number;
  readonly generateId: () => string;
  readonly service: string | undefined;
  readonly environment: string | undefined;
  readonly losses: AuditLosses;
}

type Written = void | Promise<void>;

/**
 * Writes audit events by hand, for what no decorated method does. They carry the ids of the request context, the active
 * span and the current call, and no secrets. Under `buffered` and `bestEffort` a method returns nothing and never throws:
 * what cannot be kept is reported. Under `durable` and `strict` it returns a promise, which resolves once the event is
 * safe and rejects with the backend's error where it is not, unless `onFailure` is `continue`.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`; `TREFOIL_AUDIT_DELIVERY` where the backend cannot give the delivery
 *
 * A runtime makes one that uses its backend, rules and delivery: `trefoil.auditLogger({ storeType: 's3' })`.
 *
 * @example
 * ```ts
 * import { AuditLogger, DataRedactor, InMemoryAuditBackend } from 'trefoil';
 *
 * const audit = new AuditLogger({
 *   backend: new InMemoryAuditBackend(),
 *   storeType: 's3',
 *   storeId: 'my-bucket',
 *   redactor: new DataRedactor({ fieldsToRedact: ['email'] }),
 * });
 * await audit.logCreate('run-123', { userId: 'admin', metadata: { email: 'a@b.example' } });
 * await audit.logQuery({ status: 'failure' });
 * await audit.logError(new Error('connection timeout'), { eventType: 'create', itemId: 'run-123' });
 * ```
 */
export class AuditLogger {
  readonly #store: AuditLoggerStore;
  readonly #setting: () => AuditLoggerSetting;

  constructor(options: AuditLoggerOptions);
  /** @internal */
  constructor(store: AuditLoggerStore, setting: () => AuditLoggerSetting);
  constructor(options: AuditLoggerOptions | AuditLoggerStore, setting?: () => AuditLoggerSetting) {
    const { storeType, storeId, storeName } = checkOptions(
      setting === undefined ? optionsSchema : storeSchema,
      options,
      'AuditLogger',
    );
    this.#store = { storeType, storeId, storeName };
    if (setting !== undefined) this.#setting = setting;
    else {
      const own = settingOf(options as AuditLoggerOptions);
      this.#setting = () => own;
    }
  }

  logCreate(itemId: string, entry?: AuditEntry): Written {
    return this.logEvent({ eventType: 'create', itemId, ...entry });
  }

  logRead(itemId: string, entry?: AuditEntry): Written {
    return this.logEvent({ eventType: 'read', itemId, ...entry });
  }

  logUpdate(itemId: string, entry?: AuditEntry): Written {
    return this.logEvent({ eventType: 'update', itemId, ...entry });
  }

  logDelete(itemId: string, entry?: AuditEntry): Written {
    return this.logEvent({ eventType: 'delete', itemId, ...entry });
  }

  /** The query stands in the event's `metadata`, as `query`. */
  logQuery(query: unknown, entry?: AuditEntry): Written {
    return this.logEvent({ eventType: 'query', ...entry, metadata: { query, ...entry?.metadata } });
  }

  /** Somebody was kept from an item. */
  logAccessDenied(itemId: string, entry?: AuditEntry): Written {
    return this.logEvent({ eventType: 'access_denied', status: 'denied', itemId, ...entry });
  }

  /** Somebody was let at an item. */
  logAccessGranted(itemId: string, entry?: AuditEntry): Written {
    return this.logEvent({ eventType: 'access_granted', itemId, ...entry });
  }

  /** Something was refused because it is not valid: an error, or a text. */
  logValidationError(error: unknown, entry?: AuditEntry): Written {
    return this.logError(error, { ...entry, eventType: 'validation_error' });
  }

  /** Something failed: an error, or a text. `eventType` says what was attempted. Default `error`. */
  logError(error: unknown, entry?: AuditEntry & { readonly eventType?: AuditEventType }): Written {
    const { redactor } = this.#setting();
    const errorType = typeof error === 'string' ? undefined : errorTypeOf(error);
    const errorMessage = errorMessageOf(error, redactor);
    const errorChain = errorChainOf(error, redactor);
    return this.logEvent({ eventType: 'error', status: 'failure', errorType, errorMessage, errorChain, ...entry });
  }

  /** Any event; the status is `success` unless told otherwise. */
  logEvent(entry: AuditEntry & { readonly eventType: AuditEventType }): Written {
    const setting = this.#setting();
    const { backend, delivery, onFailure, maxWaitMs, losses } = setting;
    const where = `audit of ${this.#store.storeType} (AuditLogger)`;
    const isWaitedFor = delivery === 'durable' || delivery === 'strict';
    try {
      const within = activeContext();
      const event = eventOf(entry, this.#store, setting, within);
      // There is no body whose intent could come first, so strict asks for no more than durable.
      const asked = isWaitedFor ? 'durable' : delivery;
      const returned = runAsTelemetry(() => backend.log(event, asked));
      const tally = losses.tallyOf(backend);
      if (tally.isCounting) tally.count(returned);
      if (!isWaitedFor) return losses.watch(backend, where, returned);
      return waitFor(returned);
    } catch (error) {
      if (isWaitedFor) return waitFor(Promise.reject(error));
      losses.tell(backend, where, error);
    }

    async function waitFor(returned: Written): Promise<void> {
      try {
        if (returned !== undefined) await confirmed(backend, returned, { where, maxWaitMs });
      } catch (error) {
        losses.tell(backend, where, error);
        if (onFailure !== 'continue') throw error;
      }
    }
  }
}

function eventOf(
  entry: AuditEntry & { readonly eventType: AuditEventType },
  store: AuditLoggerStore,
  { redactor, generateId, service, environment }: AuditLoggerSetting,
  within: Context,
): AuditEvent {
  const request = requestIn(within);
  const call = callIn(within);
  const span = trace.getSpanContext(within);
  const active = span !== undefined && isSpanContextValid(span) ? span : undefined;
  const eventId = entry.eventId ?? generateId();
  const traceId = entry.traceId ?? active?.traceId;
  const event = new AuditEvent({
    service,
    environment,
    ...entry,
    ...store,
    eventId,
    status: entry.status ?? 'success',
    userId: entry.userId ?? call?.user ?? request?.userId,
    sessionId: entry.sessionId ?? request?.sessionId,
    tenantId: entry.tenantId ?? request?.tenantId,
    ipAddress: entry.ipAddress ?? request?.ipAddress,
    userAgent: entry.userAgent ?? request?.userAgent,
    requestId: entry.requestId ?? request?.requestId,
    traceId,
    spanId: entry.spanId ?? active?.spanId,
    correlationId: entry.correlationId ?? request?.correlationId ?? call?.correlationId ?? traceId ?? eventId,
  });
  return redactor.redactEvent(event);
}

function settingOf(options: AuditLoggerOptions): AuditLoggerSetting {
  const { backend, onFailure, maxWaitMs = journalDefaults.maxWaitMs, service, environment } = options;
  const wanted = options.delivery ?? 'buffered';
  if (options.delivery !== undefined && !canDeliver(backend.guarantees, wanted)) {
    throw deliveryError(backend, wanted, 'the AuditLogger');
  }
  const diagnostics = new Diagnostics(({ cause, message }) =>
    options.onError === undefined ? console.error(escapeText(`[trefoil] ${message}`)) : options.onError(cause),
  );
  return {
    backend,
    redactor: options.redactor ?? new DataRedactor(),
    delivery: canDeliver(backend.guarantees, wanted) ? wanted : backend.guarantees.delivery,
    onFailure,
    maxWaitMs,
    generateId: guardedGenerator(options.generateId, diagnostics),
    service,
    environment,
    losses: new AuditLosses(diagnostics),
  };
}
