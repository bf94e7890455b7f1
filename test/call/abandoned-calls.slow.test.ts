import 'reflect-metadata';
import { EventEmitter } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fromEvent, interval, map, merge, type Observable } from 'rxjs';
import { container } from 'tsyringe';
import {
  AUDIT_BACKEND,
  initializeObservability,
  Observed,
  runWithContext,
  type Delivery,
  type Trefoil,
} from '../../src/index';
import { SwitchableAudit } from '../fixtures/switchable-audit';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** A connection that goes away without a word. */
class Connection extends EventEmitter {
  readonly buffer = Buffer.alloc(10_000);
}

class Connections {
  @Observed({ event: 'read', attributes: () => ({ seen: true }) })
  changes(connection: Connection): Observable<unknown> {
    return fromEvent(connection, 'change');
  }

  @Observed({ event: 'read' })
  piped(connection: Connection): Observable<unknown> {
    return merge(this.changes(connection).pipe(map((change) => change)));
  }

  @Observed({ event: 'read' })
  reply(connection: Connection): Promise<unknown> {
    return new Promise((resolve) => connection.once('reply', resolve));
  }

  @Observed({ event: 'read' })
  async replyLater(connection: Connection): Promise<unknown> {
    const reply: unknown = await new Promise((resolve) => connection.once('reply', resolve));
    return reply;
  }

  @Observed({ event: 'read', returns: 'same' })
  sameReply(connection: Connection): Promise<unknown> {
    return new Promise((resolve) => connection.once('reply', resolve));
  }
}

type Name = keyof Connections;
const names: readonly Name[] = ['changes', 'piped', 'reply', 'replyLater', 'sameReply'];

const use = (name: Name, connection: Connection): void => {
  const result = new Connections()[name](connection);
  if (result instanceof Promise) void result.then(() => undefined);
  else result.subscribe(() => undefined);
};

let trefoil: Trefoil;
let backend: SwitchableAudit;

function start(delivery: Delivery): void {
  container.reset();
  backend = new SwitchableAudit();
  container.register(AUDIT_BACKEND, { useValue: backend });
  trefoil = initializeObservability({
    audit: { delivery },
    metrics: { backend: 'memory' },
    tracing: { exporter: 'memory' },
    logging: { level: 'silent' },
    signals: false,
  });
}

const outcomes = (): string[] => backend.statuses().filter((status) => status !== 'unknown');

describe.each<Delivery>(['buffered', 'durable', 'strict'])('under %s audit', (delivery) => {
  beforeEach(() => start(delivery));
  afterEach(() => trefoil.shutdown());

  test.each(names)(
    'what waits in `%s` for a connection that is dropped is cancelled, and keeps nothing',
    async (name) => {
      const connections: WeakRef<Connection>[] = [];
      const begin = (): void => {
        const connection = new Connection();
        connections.push(new WeakRef(connection));
        // Not by way of the request either; of intents, this backend keeps the events, and they their request.
        const data = delivery === 'strict' ? {} : { connection };
        runWithContext({ correlationId: 'c-1', userId: 'u-1', data }, () => use(name, connection));
      };
      for (let call = 0; call < 5; call += 1) begin();
      const perCall = name === 'piped' ? 2 : 1;
      expect(outcomes()).toEqual([]);
      // The test's own time limit ends it where they are kept.
      while (outcomes().length < 5 * perCall) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        collect();
      }
      expect(connections.filter((connection) => connection.deref() !== undefined)).toEqual([]);
      const ended = backend.taken.filter(({ status }) => status === 'cancelled');
      expect(ended).toHaveLength(5 * perCall);
      expect(new Set(ended.map(({ eventId }) => eventId)).size).toBe(5 * perCall);
      for (const event of ended) expect(event).toMatchObject({ correlationId: 'c-1', userId: 'u-1' });
      const intents = backend.taken.filter(({ status }) => status === 'unknown').map(({ eventId }) => eventId);
      if (delivery === 'strict') expect(new Set(intents)).toEqual(new Set(ended.map(({ eventId }) => eventId)));
      const counted = { store: 'Connections', operation: name, status: 'cancelled' };
      expect(trefoil.metrics.get('store_operations_total', counted)).toBe(5);
      expect(await trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
    },
  );
});

test('is given up where the calls before and after it have ended', async () => {
  start('buffered');
  const [earlier, later, last] = [new Connection(), new Connection(), new Connection()];
  const connections = new Connections();
  const kept = [connections.reply(earlier)];
  use('reply', new Connection());
  kept.push(connections.reply(later), connections.reply(last));
  earlier.emit('reply', 'here');
  later.emit('reply', 'here');
  for (let round = 0; round < 400 && outcomes().length < 3; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    collect();
  }
  expect(outcomes()).toEqual(['success', 'success', 'cancelled']);
  last.emit('reply', 'here');
  await Promise.all(kept);
  await trefoil.shutdown();
});

describe('what is not dropped', () => {
  beforeEach(() => start('buffered'));
  afterEach(() => trefoil.shutdown());

  test('stays open however often the garbage is collected, and ends as the caller sees it', async () => {
    const connection = new Connection();
    const seen: unknown[] = [];
    const subscription = new Connections().changes(connection).subscribe((change) => seen.push(change));
    const replies = [new Connections().reply(connection), new Connections().replyLater(connection)];
    for (let round = 0; round < 25; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      collect();
      connection.emit('change', round);
    }
    expect(outcomes()).toEqual([]);
    connection.emit('reply', 'here');
    expect(await Promise.all(replies)).toEqual(['here', 'here']);
    subscription.unsubscribe();
    subscription.unsubscribe();
    expect(seen).toHaveLength(25);
    await new Promise((resolve) => setImmediate(resolve));
    expect(outcomes()).toEqual(['success', 'success', 'cancelled']);
  });

  test('does not hold a shutdown for its whole time, where it is a subscription', async () => {
    class Feeds {
      @Observed({ event: 'read' })
      endless(): Observable<number> {
        return interval(5);
      }
    }
    const subscription = new Feeds().endless().subscribe();
    expect(await trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
    subscription.unsubscribe();
    expect(outcomes()).toEqual(['cancelled']);
  });
});
