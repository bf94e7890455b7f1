import 'reflect-metadata';
import { transformSync } from 'esbuild';
import * as trefoil from '../../src/index';
import { isUnstableName } from '../../src/call/class-name';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

type Made = Readonly<Record<string, new () => { get(): void }>>;

/** Runs a module as esbuild bundles it; `made` is what it leaves behind. */
function bundled(code: string, options: { readonly minify: boolean; readonly legacy: boolean }): Made {
  const { code: compiled } = transformSync(code, {
    loader: 'ts',
    format: 'iife',
    target: 'es2021',
    minify: options.minify,
    tsconfigRaw: { compilerOptions: { experimentalDecorators: options.legacy } },
  });
  const made = {};
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  new Function('trefoil', 'made', compiled)(trefoil, made);
  return made;
}

const plain = `class OrderStore { @trefoil.Audited() get() {} } made.plain = OrderStore;`;
const named = `@trefoil.Store({ name: 'orders' }) class OrderStore { @trefoil.Audited() @trefoil.Traced() get() {} } made.named = OrderStore;`;
const selfReferring = `class OrderStore { static again = () => OrderStore; @trefoil.Audited() get() {} } made.self = OrderStore;`;

describe.each([true, false])('a class as esbuild gives it (legacy dialect: %s)', (legacy) => {
  let runtime: MemoryRuntime;

  beforeEach(() => {
    runtime = startMemoryRuntime();
  });

  afterEach(() => runtime.trefoil.shutdown());

  const unstable = (): string[] =>
    runtime.trefoil
      .describe()
      .problems.filter(({ code }) => code === 'TREFOIL_NAME_UNSTABLE')
      .map(({ where }) => where);

  test('has an unstable name where it is minified, and describe() says so', () => {
    const Plain = bundled(plain, { minify: true, legacy })['plain'] as Made[string];
    new Plain().get();
    expect(Plain.name.length).toBeLessThan(3);
    expect(unstable()).toContain(Plain.name);
  });

  test('has an unstable name where it refers to itself', () => {
    const Self = bundled(selfReferring, { minify: false, legacy })['self'] as Made[string];
    new Self().get();
    // Which dialect renames it is esbuild's business; an altered name must not pass unnoticed.
    expect(unstable().includes(Self.name)).toBe(Self.name !== 'OrderStore');
    if (legacy) expect(Self.name).toBe('_OrderStore');
  });

  test('goes by its @Store name in audit events, spans and metrics, however it is minified', () => {
    const Named = bundled(named, { minify: true, legacy })['named'] as Made[string];
    const before = unstable();
    new Named().get();
    expect(runtime.events()).toMatchObject([{ operation: 'orders.get', storeName: 'orders' }]);
    expect(runtime.spans()).toMatchObject([{ name: 'orders.get' }]);
    expect(runtime.lines).toMatchObject([{ message: 'orders.get success' }]);
    expect(unstable()).toEqual(before);
  });
});

test.each([
  ['i', true],
  ['aB', true],
  ['t1', true],
  ['$', true],
  ['_OrderStore', true],
  ['anonymous', true],
  ['S3', false],
  ['Foo2', false],
  ['OrderStore', false],
  ['Api', false],
  ['_internal', false],
])('the name %s is unstable: %s', (name, expected) => {
  expect(isUnstableName(name)).toBe(expected);
});
