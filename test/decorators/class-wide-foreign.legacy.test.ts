import { Audited, Observed } from '../../src/index';
import { startMemoryRuntime } from '../fixtures/memory-runtime';

function foreign(_target: object, _key: string, descriptor: PropertyDescriptor): PropertyDescriptor {
  const method = descriptor.value as (...args: unknown[]) => unknown;
  return {
    ...descriptor,
    value(this: unknown, ...args: unknown[]): unknown {
      return method.apply(this, args);
    },
  };
}

@Observed()
class Mixed {
  @foreign
  @Audited()
  get(): void {}
}

test('a class-wide @Observed leaves a method to its own decorators, also under a foreign one', async () => {
  const runtime = startMemoryRuntime();
  new Mixed().get();
  expect(runtime.events()).toHaveLength(1);
  expect(runtime.spans()).toEqual([]);
  await runtime.trefoil.shutdown();
});
