import 'reflect-metadata';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Audited, Counted, Observed, Timed, Traced } from '../../../src/index';
import { decoratePrototypes, type LegacyDecorator } from '../decorate-prototypes';
import { startRecording } from '../recording';
import { VitestLike } from '../vitest-like';

type Suite = (test: VitestLike, keyv: unknown, store: () => unknown) => void;

/** `program <folder with keyv and its suite> <store> <scenario>`. */
const [, , folder = '', storeName, scenario = ''] = process.argv;
const requireThere = createRequire(join(folder, 'package.json'));
const { default: keyvTestSuite, keyvIteratorTests } = requireThere('@keyv/test-suite') as Record<string, Suite>;
const { Keyv } = requireThere('keyv') as { Keyv: unknown };

/** The language's own class, whose methods refuse any `this` that is no real Map. */
class MapStore extends Map<string, unknown> {
  readonly opts = {};

  override get(key: string): unknown {
    return super.get(key);
  }

  override set(key: string, value: unknown): this {
    return super.set(key, value);
  }

  override has(key: string): boolean {
    return super.has(key);
  }

  override delete(key: string): boolean {
    return super.delete(key);
  }

  override clear(): void {
    super.clear();
  }

  override [Symbol.iterator](): MapIterator<[string, unknown]> {
    return super[Symbol.iterator]();
  }
}

const table = new Map<string, unknown>();
const turn = (): Promise<void> => Promise.resolve();

/** A storage adapter with everything that keyv calls where it is there; all of them share one table. */
class TableStore {
  readonly opts = { dialect: 'sqlite' };
  namespace: string | undefined;
  readonly #table = table;

  async get(key: string): Promise<unknown> {
    await turn();
    return this.#table.get(key);
  }

  getMany(keys: readonly string[]): Promise<unknown[]> {
    return Promise.all(keys.map((key) => this.get(key)));
  }

  async set(key: string, value: unknown): Promise<void> {
    await turn();
    this.#table.set(key, value);
  }

  async has(key: string): Promise<boolean> {
    await turn();
    return this.#table.has(key);
  }

  async delete(key: string): Promise<boolean> {
    await turn();
    return this.#table.delete(key);
  }

  async deleteMany(keys: readonly string[]): Promise<boolean> {
    const deleted = await Promise.all(keys.map((key) => this.delete(key)));
    return deleted.some(Boolean);
  }

  async clear(): Promise<void> {
    await turn();
    for (const key of this.#table.keys()) if (this.isOwn(key, this.namespace)) this.#table.delete(key);
  }

  async *iterator(namespace?: string): AsyncGenerator<[string, unknown], void> {
    for (const row of this.#table) {
      await turn();
      if (this.isOwn(row[0], namespace)) yield row;
    }
  }

  isOwn(key: string, namespace: string | undefined): boolean {
    return namespace === undefined || key.startsWith(`${namespace}:`);
  }
}

const scenarios: Record<string, readonly LegacyDecorator[]> = {
  bare: [],
  observed: [Observed({ event: 'read' })],
  'one by one': [Audited({ event: 'read' }), Traced(), Timed(), Counted()],
};
const decorators = scenarios[scenario];

async function main(): Promise<void> {
  if (decorators === undefined) throw new Error(`There is no scenario ${scenario}`);
  if (keyvTestSuite === undefined || keyvIteratorTests === undefined) throw new Error('keyv has moved its suite');
  const Store = storeName === 'MapStore' ? MapStore : TableStore;
  const methods = decoratePrototypes([Store.prototype], () => decorators);
  const recording = startRecording();

  const test = new VitestLike();
  const store = (): unknown => new Store();
  keyvTestSuite(test, Keyv, store);
  keyvIteratorTests(test, Keyv, store);
  const results = await test.run();

  process.stdout.write(`${JSON.stringify({ methods, results, ...(await recording.stop()) })}\n`);
}

void main();
