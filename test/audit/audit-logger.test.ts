import 'reflect-metadata';
import { trace } from '@opentelemetry/api';
import {
  Audited,
  AuditLogger,
  InMemoryAuditBackend,
  runWithContext,
  Traced,
  type AuditEvent,
  type AuditLoggerOptions,
  type Delivery,
} from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';
import { schemaProblems } from '../fixtures/audit-event-schema';

class BrokenAudit extends InMemoryAuditBackend {
  readonly #answer: () => void | Promise<void>;

  constructor(answer: () => void | Promise<void>) {
    super();
    this.#answer = answer;
  }

  override log(): void {
    return this.#answer() as void;
  }
}

const store = { storeType: 's3', storeId: 'my-bucket' };
const fails = (): never => {
  throw new Error('disk full');
};
const rejects = (): Promise<void> => Promise.reject(new Error('disk full'));

describe('a logger by itself', () => {
  const write = (run: (audit: AuditLogger) => unknown, options: Partial<AuditLoggerOptions> = {}): AuditEvent => {
    const backend = new InMemoryAuditBackend();
    expect(run(new AuditLogger({ backend, ...store, ...options }))).toBeUndefined();
    const [event] = backend.getAll();
    expect(schemaProblems(event)).toEqual([]);
    return event as AuditEvent;
  };

  test.each([
    ['logCreate', 'create'],
    ['logRead', 'read'],
    ['logUpdate', 'update'],
    ['logDelete', 'delete'],
    ['logAccessGranted', 'access_granted'],
  ] as const)('%s writes an event of its type', (method, eventType) => {
    const event = write((audit) => audit[method]('run-123', { userId: 'admin', durationMs: 1.5 }));
    const { itemId, userId, status, storeType, storeId, durationMs } = event;
    expect(event.eventType).toBe(eventType);
    expect({ itemId, userId, status, storeType, storeId, durationMs }).toEqual({
      itemId: 'run-123',
      userId: 'admin',
      status: 'success',
      ...store,
      durationMs: 1.5,
    });
    expect(event.correlationId).toBe(event.eventId);
  });

  test('logQuery keeps the query, logAccessDenied is denied', () => {
    expect(write((audit) => audit.logQuery({ status: 'failure' }, { metadata: { rows: 3 } })).metadata).toEqual({
      query: { status: 'failure' },
      rows: 3,
    });
    expect(write((audit) => audit.logAccessDenied('run-123'))).toMatchObject({
      eventType: 'access_denied',
      status: 'denied',
    });
  });

  test.each([
    [new TypeError('no password=hunter2 given'), 'TypeError', 'no password=[REDACTED] given'],
    ['connection timeout', undefined, 'connection timeout'],
    [undefined, 'other', 'undefined'],
  ])('logError and logValidationError take %p', (error, errorType, errorMessage) => {
    const failed = write((audit) => audit.logError(error, { eventType: 'create', itemId: 'run-123' }));
    expect(failed).toMatchObject({
      eventType: 'create',
      status: 'failure',
      itemId: 'run-123',
      errorType,
      errorMessage,
    });
    expect(write((audit) => audit.logError(error)).eventType).toBe('error');
    expect(write((audit) => audit.logValidationError(error))).toMatchObject({
      eventType: 'validation_error',
      status: 'failure',
      errorMessage,
    });
  });

  test('logEvent writes any event, without its secrets, under an id of your own', () => {
    const event = write(
      (audit) =>
        audit.logEvent({
          eventType: 'replicate',
          status: 'partial',
          itemId: 'run-123',
          metadata: { region: 'eu-west-1', password: 'hunter2' },
          attributes: { api_key: 'k' },
          changes: { before: { token: 't' }, after: null },
        }),
      { generateId: () => 'evt-1', service: 'orders', environment: 'test' },
    );
    expect(event.toJSON()).toMatchObject({
      event_id: 'evt-1',
      event_type: 'replicate',
      status: 'partial',
      metadata: { region: 'eu-west-1', password: '[REDACTED]' },
      attributes: { api_key: '[REDACTED]' },
      changes: { before: { token: '[REDACTED]' }, after: null },
      service: 'orders',
      environment: 'test',
    });
  });

  test.each([
    ['throws', fails],
    ['rejects', rejects],
  ])('never fails its caller under buffered where the backend %s, and tells', async (_how, answer) => {
    const told: unknown[] = [];
    const audit = new AuditLogger({ backend: new BrokenAudit(answer), ...store, onError: (error) => told.push(error) });
    expect(audit.logRead('run-123')).toBeUndefined();
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual([new Error('disk full')]);
  });

  test.each([
    ['throws', fails],
    ['rejects', rejects],
  ])('rejects under durable where the backend %s, unless it is to go on', async (_how, answer) => {
    const options = {
      backend: new BrokenAudit(answer),
      ...store,
      delivery: 'durable',
      onError: () => undefined,
    } as const;
    await expect(new AuditLogger(options).logRead('run-123')).rejects.toThrow('disk full');
    await expect(new AuditLogger({ ...options, onFailure: 'continue' }).logRead('run-123')).resolves.toBeUndefined();
  });

  test('is refused a delivery that its backend cannot give', () => {
    const backend = Object.assign(new InMemoryAuditBackend(), {
      guarantees: { delivery: 'buffered', volatile: false },
    });
    expect(() => new AuditLogger({ backend, ...store, delivery: 'durable' })).toThrow(/TREFOIL_AUDIT_DELIVERY/);
  });
});

describe('the logger of a runtime', () => {
  let runtime: MemoryRuntime;

  afterEach(() => runtime.trefoil.shutdown());

  class Orders {
    @Audited()
    @Traced()
    get(id: string): string {
      void runtime.trefoil.auditLogger(store).logAccessGranted(id);
      return trace.getActiveSpan()?.spanContext().spanId ?? '';
    }
  }

  test('shares the ids of the request, the span and the call', () => {
    runtime = startMemoryRuntime();
    const spanId = runWithContext({ correlationId: 'corr-1', userId: 'u-7', sessionId: 's-1', tenantId: 't-1' }, () =>
      new Orders().get('o-1'),
    );
    const [granted, read] = runtime.events();
    expect(granted?.eventType).toBe('access_granted');
    for (const field of ['correlationId', 'traceId', 'spanId', 'userId', 'sessionId', 'tenantId', 'service'] as const) {
      expect([field, granted?.[field]]).toEqual([field, read?.[field]]);
    }
    expect(granted?.spanId).toBe(spanId);
    // Without a request, what ties the two together is the trace.
    new Orders().get('o-2');
    const [, , later, call] = runtime.events();
    expect(later?.correlationId).toBe(call?.correlationId);
  });

  test.each(['buffered', 'durable', 'strict'] as const)(
    'writes one event with the delivery in force: %s',
    async (delivery: Delivery) => {
      runtime = startMemoryRuntime({ audit: { delivery, generateId: () => 'evt-1' } });
      const written = runtime.trefoil.auditLogger(store).logCreate('run-123', { metadata: { pin: 1 } });
      expect(written instanceof Promise).toBe(delivery !== 'buffered');
      await written;
      expect(runtime.events().map(({ eventId, status, environment }) => [eventId, status, environment])).toEqual([
        ['evt-1', 'success', 'test'],
      ]);
    },
  );
});
