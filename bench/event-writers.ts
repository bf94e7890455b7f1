import { randomUUID } from 'node:crypto';
import { closeSync, fdatasyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { AuditEvent, FileAuditBackend, type Delivery } from 'trefoil';

/** Something that keeps audit events in a file. */
export interface EventWriter {
  readonly name: string;
  /** Writes an event; resolves or returns when it is as safe as is asked for. */
  log(itemId: string): void | Promise<void>;
  /** Leaves nothing to be done in the time of others. */
  settle(): Promise<void>;
  /** The fields of all events that the file holds. */
  stored(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

/** The journal as it is, rotation and background syncs included. */
export function trailWriter(directory: string, delivery: Delivery): EventWriter {
  const backend = new FileAuditBackend({ path: join(directory, `trail-${delivery}`), maxFiles: 3 });
  return {
    name: `trefoil, ${delivery}`,
    log: (itemId) =>
      backend.log(
        new AuditEvent({
          eventType: 'update',
          status: 'success',
          storeType: 'postgres',
          storeId: 'orders-main',
          storeName: 'OrderStore',
          operation: 'OrderStore.update',
          itemId,
          userId: 'user-42',
          sessionId: 'session-7',
          tenantId: 'tenant-1',
          durationMs: 1.234,
          traceId,
          spanId,
          correlationId: traceId,
          requestId: 'request-9',
          service: 'orders',
          environment: 'production',
        }),
        delivery,
      ),
    settle: () => backend.flush(),
    stored: () => eventsOf(backend),
    close: () => backend.close(),
  };
}

async function eventsOf(backend: FileAuditBackend): Promise<Record<string, unknown>[]> {
  const events = [];
  for await (const event of backend.query()) events.push(event.toJSON());
  return events;
}

/** A line as pino writes it with everything of its own left out, to the kernel before `info` returns. */
export function pinoWriter(directory: string): EventWriter {
  const file = join(directory, 'pino.ndjson');
  const descriptor = openSync(file, 'a');
  const destination = pino.destination({ dest: descriptor, sync: true });
  const logger = pino({ base: null, timestamp: false }, destination);
  return {
    name: 'pino, sync',
    log: (itemId) => logger.info(eventFields(itemId)),
    settle() {
      fdatasyncSync(descriptor);
      ftruncateSync(descriptor, 0);
      return Promise.resolve();
    },
    stored: () => Promise.resolve(linesOf(file).map(({ level: _level, ...fields }) => fields)),
    close() {
      destination.end();
      return Promise.resolve();
    },
  };
}

/** What is written where nothing is shared: an event, and a sync for it. */
export function syncingWriter(directory: string): EventWriter {
  const file = join(directory, 'one-by-one.ndjson');
  const descriptor = openSync(file, 'a');
  return {
    name: 'a sync for each event',
    log(itemId) {
      writeSync(descriptor, `${JSON.stringify(eventFields(itemId))}\n`);
      fdatasyncSync(descriptor);
    },
    settle() {
      ftruncateSync(descriptor, 0);
      return Promise.resolve();
    },
    stored: () => Promise.resolve(linesOf(file)),
    close() {
      closeSync(descriptor);
      return Promise.resolve();
    },
  };
}

/** An event in its wire form, as it is written by hand. */
function eventFields(itemId: string): Record<string, unknown> {
  return {
    event_id: randomUUID(),
    event_type: 'update',
    timestamp: new Date().toISOString(),
    status: 'success',
    store_type: 'postgres',
    store_id: 'orders-main',
    store_name: 'OrderStore',
    operation: 'OrderStore.update',
    item_id: itemId,
    user_id: 'user-42',
    session_id: 'session-7',
    tenant_id: 'tenant-1',
    duration_ms: 1.234,
    trace_id: traceId,
    span_id: spanId,
    correlation_id: traceId,
    request_id: 'request-9',
    service: 'orders',
    environment: 'production',
  };
}

function linesOf(file: string): Record<string, unknown>[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
