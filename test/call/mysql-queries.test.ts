import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createConnection, createServer, type Connection, type Query } from 'mysql2';
import { Observed } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

/** As the driver's own server has it, without types for most of it. */
interface ServerSide {
  sequenceId: number;
  serverHandshake(options: object): void;
  on(event: string, listener: (text: string) => void): void;
  writeTextResult(rows: readonly object[], columns: readonly object[]): void;
  writeError(error: { readonly code: number; readonly message: string }): void;
}

let runtime: MemoryRuntime;
let connection: Connection;
let close: () => void;

const column = { catalog: 'def', schema: '', table: '', orgTable: '', name: 'id', orgName: 'id' };
const numeric = { characterSet: 63, columnLength: 11, columnType: 3, flags: 0, decimals: 0 };

/** The driver's own server: it answers `fail` with an error, and everything else with two rows. */
beforeEach(async () => {
  runtime = startMemoryRuntime();
  const server = (createServer as () => unknown)() as {
    on(event: 'connection', listener: (side: ServerSide) => void): void;
    listen(port: number, host: string, done: () => void): void;
    close(): void;
    _server: { address(): AddressInfo };
  };
  server.on('connection', (side) => {
    side.serverHandshake({
      protocolVersion: 10,
      serverVersion: 'test',
      connectionId: 1,
      statusFlags: 2,
      characterSet: 8,
      capabilityFlags: 0xffffff,
      authCallback: (_parameters: unknown, done: (error: null) => void) => {
        done(null);
        side.sequenceId = 0;
      },
    });
    side.on('error', () => undefined);
    side.on('query', (sql) => {
      // The packets of an answer count on from that of the query.
      side.sequenceId = 1;
      if (sql === 'fail') side.writeError({ code: 1064, message: 'no such table' });
      else side.writeTextResult([{ id: 1 }, { id: 2 }], [{ ...column, ...numeric }]);
      side.sequenceId = 0;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  connection = createConnection({ host: '127.0.0.1', port: server._server.address().port, user: 'root' });
  close = () => server.close();
});

afterEach(async () => {
  connection.destroy();
  close();
  expect(await runtime.trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
});

class Orders {
  @Observed({ event: 'query' })
  query(sql: string): Query {
    return connection.query(sql);
  }
}

const statuses = (): string[] => runtime.events().map(({ status }) => status);

describe('a query of mysql2 that was given no callback', () => {
  test('is a Call until its last row, and stays the very same', async () => {
    const query = new Orders().query('select');
    expect(statuses()).toEqual([]);
    const rows: unknown[] = [];
    query.on('result', (row) => rows.push(row));
    await once(query, 'end');
    expect(rows).toMatchObject([{ id: 1 }, { id: 2 }]);
    for await (const row of new Orders().query('select').stream()) rows.push(row);
    expect(rows).toHaveLength(4);
    expect(statuses()).toEqual(['success', 'success']);
    expect(Object.getPrototypeOf(query)).toBe(Object.getPrototypeOf(connection.query('select', () => undefined)));
  });

  test('that fails is a failure, with its error', async () => {
    const query = new Orders().query('fail');
    const [error] = (await once(query, 'error')) as [Error];
    expect(error.message).toContain('no such table');
    expect(runtime.events()).toMatchObject([
      { status: 'failure', errorMessage: expect.stringContaining('no such table') },
    ]);
  });
});
