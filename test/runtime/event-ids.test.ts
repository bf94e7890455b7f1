import 'reflect-metadata';
import { Audited, Traced } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

class Orders {
  @Audited()
  @Traced()
  get(): string {
    return 'order';
  }
}

let runtime: MemoryRuntime;

afterEach(() => runtime.trefoil.shutdown());

const ids = (): string[] => runtime.events().map(({ eventId }) => eventId);

test('events have the ids of a generator of your own, and so has everything that names them', () => {
  let made = 0;
  runtime = startMemoryRuntime({ audit: { generateId: () => `evt-${(made += 1)}` } });
  new Orders().get();
  new Orders().get();
  expect(ids()).toEqual(['evt-1', 'evt-2']);
  expect(runtime.spans().map(({ attributes }) => attributes['audit.id'])).toEqual(ids());
  expect(made).toBe(2);
});

test.each([
  [
    'throws',
    () => {
      throw new Error('no entropy');
    },
  ],
  ['gives a number', () => 7],
  ['gives an empty text', () => ''],
  ['gives a promise', () => Promise.resolve('later')],
  ['gives a text without end', () => 'x'.repeat(10_000)],
  ['calls a decorated method', () => new Orders().get().length],
])('a generator that %s harms nothing: a random UUID takes the place, and it is reported', (_what, generateId) => {
  runtime = startMemoryRuntime({ audit: { generateId: generateId as () => string } });
  expect(new Orders().get()).toBe('order');
  expect(ids()).toEqual([
    expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
  ]);
  expect(runtime.trefoil.status().reports).toMatchObject({ TREFOIL_ID_INVALID: 1 });
});

test('what is no function is refused at the start', async () => {
  runtime = startMemoryRuntime();
  await runtime.trefoil.shutdown();
  const start = (): unknown => startMemoryRuntime({ audit: { generateId: 'uuid' as unknown as () => string } });
  expect(start).toThrow(/TREFOIL_OPTIONS_INVALID.*audit\.generateId: expected a function, got "uuid"/);
});
