import { Observed, Store } from '../../src/index';
import { startMemoryRuntime } from '../fixtures/memory-runtime';

@Store({ name: 'vault' })
class Vault {
  readonly #key = 'k';

  @Observed({ event: 'read', item: (id: string) => id })
  #open(id: string): string {
    return `${this.#key}/${id}`;
  }

  open(id: string): string {
    return this.#open(id);
  }

  @Observed({ event: 'count' })
  static #count(): number {
    return 2;
  }

  static count(): number {
    return Vault.#count();
  }
}

describe('#private methods, which only the standard dialect can decorate', () => {
  test('are Calls like any other', async () => {
    const runtime = startMemoryRuntime();
    expect(new Vault().open('1')).toBe('k/1');
    expect(Vault.count()).toBe(2);
    expect(runtime.events()).toMatchObject([
      { operation: 'vault.#open', itemId: '1', storeName: 'vault' },
      { operation: 'vault.#count', eventType: 'count' },
    ]);
    const methods = runtime.trefoil.describe().methods.filter(({ className }) => className === 'Vault');
    expect(methods.map(({ method }) => method).sort()).toEqual(['#count', '#open']);
    await runtime.trefoil.shutdown();
  });
});
