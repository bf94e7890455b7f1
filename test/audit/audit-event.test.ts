import 'reflect-metadata';
import fc from 'fast-check';
import { AuditEvent, AuditEventType, AuditStatus, type AuditEventInit } from '../../src/index';
import { requiredWireNames, wireFields } from '../../src/audit/wire-fields';
import { auditEventSchema, schemaProblems } from '../fixtures/audit-event-schema';

const complete: AuditEventInit = {
  eventId: 'evt-123',
  eventType: 'create',
  timestamp: new Date('2026-01-02T03:04:05.678Z'),
  status: 'success',
  storeType: 's3',
  storeId: 'my-bucket',
  storeName: 'orders',
  operation: 'OrderStore.create',
  itemId: 'run-456',
  userId: 'admin',
  sessionId: 'sess-789',
  tenantId: 'acme',
  durationMs: 45.2,
  metadata: { region: 'us-east-1' },
  attributes: { rows: 3 },
  changes: { before: null, after: { total: 7 } },
  errorType: 'TimeoutError',
  errorMessage: 'too slow',
  errorChain: [
    { type: 'TimeoutError', message: 'too slow' },
    { type: 'Error', message: 'reset', code: 'ECONNRESET' },
  ],
  ipAddress: '192.0.2.1',
  userAgent: 'client/1.0',
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  correlationId: 'corr-1',
  requestId: 'req-1',
  service: 'orders',
  environment: 'test',
  truncated: true,
};

const wire = {
  event_id: 'evt-123',
  event_type: 'create',
  timestamp: '2026-01-02T03:04:05.678Z',
  status: 'success',
  store_type: 's3',
  store_id: 'my-bucket',
  store_name: 'orders',
  operation: 'OrderStore.create',
  item_id: 'run-456',
  user_id: 'admin',
  session_id: 'sess-789',
  tenant_id: 'acme',
  duration_ms: 45.2,
  metadata: { region: 'us-east-1' },
  attributes: { rows: 3 },
  changes: { before: null, after: { total: 7 } },
  error_type: 'TimeoutError',
  error_message: 'too slow',
  error_chain: [
    { type: 'TimeoutError', message: 'too slow' },
    { type: 'Error', message: 'reset', code: 'ECONNRESET' },
  ],
  ip_address: '192.0.2.1',
  user_agent: 'client/1.0',
  trace_id: '0af7651916cd43dd8448eb211c80319c',
  span_id: 'b7ad6b7169203331',
  correlation_id: 'corr-1',
  request_id: 'req-1',
  service: 'orders',
  environment: 'test',
  truncated: true,
};

const written = (event: AuditEvent): Record<string, unknown> =>
  JSON.parse(JSON.stringify(event)) as Record<string, unknown>;

describe('an audit event', () => {
  test('is snake_case on the wire, in a fixed order, and read back the same', () => {
    const json = JSON.stringify(new AuditEvent(complete));
    expect(json).toBe(JSON.stringify(wire));
    expect(JSON.stringify(AuditEvent.fromJSON(JSON.parse(json)))).toBe(json);
    expect(AuditEvent.fromJSON(JSON.parse(json)).changes).toEqual(complete.changes);
  });

  test('gets an id and a time that stay, where none are given', () => {
    const made = new AuditEvent({ eventType: 'read', status: 'success', storeType: 'test' });
    expect(made.eventId).toBe(made.eventId);
    expect(made.timestamp).toBe(made.timestamp);
    const { eventType, status, storeType } = made;
    expect(made.eventId).not.toBe(new AuditEvent({ eventType, status, storeType }).eventId);
  });

  test('of any fields is read back the same, and is what the schema says', () => {
    const text = fc.string({ unit: 'grapheme' });
    const record = fc.dictionary(text, fc.jsonValue());
    const anything = fc.record(
      {
        eventId: fc.string({ minLength: 1 }),
        eventType: fc.constantFrom(...Object.values(AuditEventType)),
        status: fc.constantFrom(...Object.values(AuditStatus)),
        timestamp: fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }),
        storeType: text,
        storeId: text,
        itemId: text,
        durationMs: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
        metadata: record,
        attributes: record,
        changes: fc.record({ before: fc.jsonValue(), after: fc.jsonValue() }, { requiredKeys: [] }),
        errorMessage: text,
        errorChain: fc.array(
          fc.record({ type: text, message: text, code: text }, { requiredKeys: ['type', 'message'] }),
        ),
        truncated: fc.boolean(),
      },
      { requiredKeys: ['eventType', 'status', 'storeType'] },
    );
    fc.assert(
      fc.property(anything, (init) => {
        const json = written(new AuditEvent(init));
        expect(schemaProblems(json)).toEqual([]);
        expect(written(AuditEvent.fromJSON(json))).toEqual(json);
      }),
    );
  });

  test.each([
    [null, /expected an object, got null/],
    [{ ...wire, event_type: 'reed' }, /event_type.*got "reed"/],
    [{ ...wire, status: 'fine' }, /status.*got "fine"/],
    [{ ...wire, timestamp: 'yesterday' }, /timestamp.*ISO 8601/],
    [{ ...wire, event_id: undefined }, /event_id: expected a text, got undefined/],
    [{ ...wire, item_id: 7 }, /item_id: expected a text, got 7/],
    [{ ...wire, duration_ms: '1' }, /duration_ms: expected a number/],
    [{ ...wire, metadata: [] }, /metadata: expected an object/],
    [{ ...wire, error_chain: {} }, /error_chain: expected a list of errors/],
    [{ ...wire, error_chain: [{ type: 'Error' }] }, /error_chain: expected a list of errors/],
    [{ ...wire, truncated: 'yes' }, /truncated: expected true or false/],
  ])('is not made of %j', (json, message) => {
    expect(() => AuditEvent.fromJSON(json)).toThrow(message);
  });

  test('is made of what a later version has added to, and of nulls', () => {
    const { item_id: _item, ...others } = wire;
    expect(written(AuditEvent.fromJSON({ ...wire, item_id: null, added_later: 1 }))).toEqual(others);
  });
});

describe('the published schema', () => {
  test('knows every field of an event, in its order, and no other', () => {
    expect(Object.keys(auditEventSchema.properties)).toEqual(wireFields.map(([, wireName]) => wireName));
    expect(Object.keys(wire)).toEqual(wireFields.map(([, wireName]) => wireName));
    expect(auditEventSchema.additionalProperties).toBe(false);
    expect(new Set(auditEventSchema.required)).toEqual(requiredWireNames);
  });

  test('knows every event type and status, and no other', () => {
    expect(auditEventSchema.properties['event_type']?.enum).toEqual(Object.values(AuditEventType));
    expect(auditEventSchema.properties['status']?.enum).toEqual(Object.values(AuditStatus));
  });

  test.each(wireFields)('says of %s what reading it asks for', (_field, wireName) => {
    for (const value of ['', 'text', 'read', 'success', '2026-01-02T03:04:05.678Z', 7, true, [], {}]) {
      const event = { ...wire, [wireName]: value };
      let isRead = true;
      try {
        AuditEvent.fromJSON(event);
      } catch {
        isRead = false;
      }
      // An id that is empty can be read, but is never written.
      if (wireName !== 'event_id' || value !== '')
        expect([value, schemaProblems(event)]).toEqual([value, isRead ? [] : [expect.any(String)]]);
    }
  });

  test('takes no event without what every event has', () => {
    expect(schemaProblems(wire)).toEqual([]);
    for (const name of requiredWireNames) expect(schemaProblems({ ...wire, [name]: undefined })).not.toEqual([]);
  });
});
