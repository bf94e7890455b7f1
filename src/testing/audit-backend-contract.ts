import assert from 'node:assert/strict';
import * as v from 'valibot';
import type { AuditBackend } from '../audit/audit-backend';
import { AuditEvent } from '../audit/audit-event';
import { callable } from '../option-values';
import { checkOptions } from '../validate-options';

/** What the contract is run against, and with. */
export interface AuditBackendContractOptions {
  /** A fresh and empty backend. */
  readonly create: () => AuditBackend | Promise<AuditBackend>;
  /** The test runner's function: `test` of jest, vitest or node. */
  readonly test: (name: string, body: () => Promise<void>) => void;
}

const optionsSchema = v.strictObject({
  create: callable<AuditBackendContractOptions['create']>(),
  test: callable<AuditBackendContractOptions['test']>(),
});

/**
 * What every audit backend has to do, as tests: run it against your own.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`
 *
 * @example
 * ```ts
 * import { test } from 'node:test';
 * import { InMemoryAuditBackend } from 'trefoil';
 * import { auditBackendContract } from 'trefoil/testing';
 *
 * auditBackendContract({ create: () => new InMemoryAuditBackend(), test: (name, body) => void test(name, body) });
 * ```
 */
export function auditBackendContract(options: AuditBackendContractOptions): void {
  const { create, test } = checkOptions(optionsSchema, options, 'auditBackendContract');
  const withBackend = (name: string, body: (backend: AuditBackend) => Promise<void>): void =>
    test(name, async () => {
      const backend = await create();
      try {
        await body(backend);
      } finally {
        await backend.close();
      }
    });

  withBackend('gives back what was logged, field by field and in order', async (backend) => {
    const logged = [event('o-1'), event('o-2'), event('o-3')];
    for (const one of logged) await backend.log(one);
    await backend.flush();
    assert.deepEqual(await stored(backend), logged.map(wire));
  });

  withBackend('keeps text as it is: quotes, line ends, controls, other scripts', async (backend) => {
    const awkward = event('a"b\\c\n\r\u2028\u202e\u0007 ключ 鍵 🔑');
    await backend.log(awkward);
    await backend.flush();
    assert.deepEqual(await stored(backend), [wire(awkward)]);
  });

  withBackend('takes events in every delivery that it guarantees', async (backend) => {
    const logged = [event('o-1'), event('o-2')];
    await backend.log(logged[0] as AuditEvent, backend.guarantees.delivery);
    backend.logSync?.(logged[1] as AuditEvent, backend.guarantees.delivery);
    await backend.flush();
    const expected = backend.logSync === undefined ? logged.slice(0, 1) : logged;
    assert.deepEqual(await stored(backend), expected.map(wire));
  });

  withBackend('finds events by item, with offset and limit', async (backend) => {
    if (backend.query === undefined) return;
    for (let index = 0; index < 10; index += 1) await backend.log(event(index % 2 === 0 ? 'even' : 'odd', index));
    await backend.flush();
    const found: (number | undefined)[] = [];
    for await (const { durationMs } of backend.query({ itemId: 'odd', offset: 1, limit: 3 })) found.push(durationMs);
    assert.deepEqual(found, [3, 5, 7]);
  });

  withBackend('finds events by text at any depth, in any case, and gives the last first', async (backend) => {
    if (backend.query === undefined) return;
    for (const itemId of ['Needle-1', 'hay', 'needle-2']) await backend.log(event(itemId));
    await backend.flush();
    const found: (string | undefined)[] = [];
    for await (const { itemId } of backend.query({ text: 'nEEdle', order: 'desc' })) found.push(itemId);
    for await (const { itemId } of backend.query({ text: 'TWO', order: 'desc', limit: 2 })) found.push(itemId);
    for await (const { itemId } of backend.query({ text: 'nested' })) found.push(itemId);
    assert.deepEqual(found, ['needle-2', 'Needle-1', 'needle-2', 'hay']);
  });

  withBackend('loses nothing when many log at once', async (backend) => {
    const logged = Array.from({ length: 500 }, (_, index) => event(`o-${index}`));
    await Promise.all(logged.map(async (one) => backend.log(one, backend.guarantees.delivery)));
    await backend.flush();
    const ids = (await stored(backend)).map((json) => json['event_id']);
    if (backend.query !== undefined) assert.deepEqual(new Set(ids), new Set(logged.map(({ eventId }) => eventId)));
  });

  test('can be closed twice', async () => {
    const backend = await create();
    await backend.close();
    await backend.close();
  });

  async function stored(backend: AuditBackend): Promise<Record<string, unknown>[]> {
    const found: Record<string, unknown>[] = [];
    assert.ok(backend.query !== undefined, 'the contract reads events back through query()');
    for await (const one of backend.query()) found.push(wire(one));
    return found;
  }
}

function event(itemId: string, durationMs = 1.5): AuditEvent {
  return new AuditEvent({
    eventType: 'update',
    status: 'success',
    storeType: 'contract',
    storeId: 'store-1',
    itemId,
    durationMs,
    metadata: { nested: { list: [1, 'two', null] } },
  });
}

function wire(event: AuditEvent): Record<string, unknown> {
  return JSON.parse(JSON.stringify(event)) as Record<string, unknown>;
}
