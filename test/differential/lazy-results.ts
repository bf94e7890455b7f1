import { map, Observable } from 'rxjs';
import { Cursor } from './cursors';
import type { Body } from './method-kinds';
import type { Strand, World } from './world';

/** As libraries make them: with private fields, changed or copied by its methods, and run when it is awaited. */
export class QueryBuilder implements PromiseLike<unknown> {
  readonly #world: World;
  readonly #row: object;
  #conditions = 0;
  dialect = 'sql';

  constructor(world: World, row: object) {
    this.#world = world;
    this.#row = row;
  }

  where(): this {
    this.#conditions += 1;
    return this;
  }

  orderBy(): QueryBuilder {
    return this.clone().where();
  }

  clone(): QueryBuilder {
    const clone = new QueryBuilder(this.#world, this.#row);
    clone.#conditions = this.#conditions;
    return clone;
  }

  toSql(): string {
    return `${this.dialect} ${this.#conditions}`;
  }

  async execute(): Promise<unknown> {
    this.#world.count(`queries with ${this.#conditions} conditions`);
    return this.#row;
  }

  then<A = unknown, B = never>(
    onFulfilled?: ((value: unknown) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.execute().then(onFulfilled, onRejected);
  }

  catch<B>(onRejected: (reason: unknown) => B | PromiseLike<B>): Promise<unknown> {
    return this.execute().catch(onRejected);
  }
}

/** What does its work when it is awaited, called or subscribed to. */
export function makeLazyResult(body: Body, strand: Strand): object {
  const { world, method } = body;
  const known = <Value>(value: Value): Value => world.make(strand, value, method.kind);
  switch (method.kind) {
    case 'query builder':
      return new QueryBuilder(world, known({}));
    case 'remote stub':
      return makeStub(world, strand, method.ending.startsWith('fails'));
    case 'observable':
    case 'failing observable':
      return makeObservable(body, strand);
    // As stubs of remote procedures do, which answer to any key and have none.
    case 'thenable that a proxy hides':
      return new Proxy(makeThenable(body, strand), { has: () => false });
    case 'thenable behind a proxy':
      return new Proxy(makeThenable(body, strand), {});
    default:
      return makeThenable(body, strand);
  }
}

function makeThenable({ world, method }: Body, strand: Strand): object {
  return {
    sql: 'select 1',
    then(resolve: (value: unknown) => unknown, reject: (reason: unknown) => unknown) {
      world.count('thenables started');
      const value = world.make(strand, {}, method.kind);
      queueMicrotask(() => {
        if (method.kind === 'rejecting thenable') reject(value);
        else resolve(value);
        if (method.kind !== 'thenable that settles twice') return;
        resolve('once more');
        reject(new Error('and rejects'));
      });
    },
  };
}

/** A function that is a proxy: it has every key, a `then` among them, and reading that makes a request ready. */
function makeStub(world: World, strand: Strand, fails: boolean, path = 'stub'): object {
  const request = async (): Promise<unknown> => {
    world.count(`requests of ${path}`);
    if (fails) throw world.make(strand, new Error('the request failed'), 'failure');
    return world.make(strand, {}, 'answer');
  };
  const get = (_target: unknown, key: string | symbol): unknown => {
    if (typeof key === 'symbol') return undefined;
    world.count(`reads of ${path}.${key}`);
    if (key !== 'then') return makeStub(world, strand, fails, `${path}.${key}`);
    return (...callbacks: Parameters<Promise<unknown>['then']>) => request().then(...callbacks);
  };
  const apply = (_target: unknown, _self: unknown, args: unknown[]): unknown => {
    const called = `${path}(${args.map((arg) => world.describe(arg)).join()})`;
    world.count(`calls of ${called}`);
    return path.endsWith('pipelined') ? makeStub(world, strand, fails, called) : request();
  };
  return new Proxy(() => undefined, { get, apply });
}

function makeObservable({ world, method, value }: Body, strand: Strand): object {
  return new Observable((subscriber) => {
    world.count('subscriptions');
    subscriber.next(value(strand));
    subscriber.next(2);
    if (method.kind === 'failing observable') {
      strand.lastFailure = world.make(strand, new Error('the observable failed'), method.kind);
      subscriber.error(strand.lastFailure);
    } else {
      subscriber.complete();
    }
    return () => world.log(strand, 'the observable is torn down');
  });
}

/** Another lazy result, made of one: by the next step of a builder, a key of a stub, an operator. */
export function stepOn(result: unknown): unknown {
  if (result instanceof QueryBuilder) return result.orderBy();
  if (result instanceof Observable) return result.pipe(map((value) => value));
  if (result instanceof Cursor) return result.sort();
  return typeof result === 'function' ? (Reflect.get(result, 'orders') as unknown) : result;
}
