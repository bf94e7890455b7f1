import 'reflect-metadata';
import { applyDecorators } from '@nestjs/common';
import { Audited, Counted, Observed, Store, Traced, type AuditedOptions } from '../../src/index';
import { startMemoryRuntime } from '../fixtures/memory-runtime';

/** A decorator of an application's own, as NestJS's documentation shows them. */
function Recorded(options: AuditedOptions): MethodDecorator {
  return applyDecorators(Audited(options), Counted());
}

@Store({ name: 'nest-orders' })
class OrderStore {
  @Traced()
  @Recorded({ item: (id: string) => id })
  get(id: string): string {
    return id;
  }

  @applyDecorators(Observed({ item: (id: string) => id }))
  static remove(id: string): string {
    return id;
  }
}

test("a decorator that NestJS's applyDecorators has put together joins the stack", async () => {
  const runtime = startMemoryRuntime();
  expect(new OrderStore().get('o-1')).toBe('o-1');
  expect(OrderStore.remove('o-2')).toBe('o-2');
  expect(runtime.events()).toMatchObject([
    { operation: 'nest-orders.get', itemId: 'o-1' },
    { operation: 'nest-orders.remove', itemId: 'o-2' },
  ]);
  expect(runtime.spans().map(({ name }) => name)).toEqual(['nest-orders.get', 'nest-orders.remove']);
  expect(runtime.lines).toHaveLength(2);
  const { problems, methods } = runtime.trefoil.describe();
  expect(problems.filter(({ where }) => where.startsWith('OrderStore'))).toEqual([]);
  expect(methods.find(({ method }) => method === 'get')?.pillars).toEqual(['audited', 'traced', 'counted']);
  await runtime.trefoil.shutdown();
});
