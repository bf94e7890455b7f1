import type { RandomMethod } from './random-case';
import type { Strand, World } from './world';

/** What the language throws where a value is asked for its `then` that is a revoked proxy. */
export function asRevoked(): TypeError {
  return new TypeError("Cannot perform 'get' on a proxy that has been revoked");
}

/** A value of its own for every call; its twin in another run has the same name. */
export function makeValue(world: World, strand: Strand, what: RandomMethod['gives']): unknown {
  const known = <Value>(value: Value): Value => world.make(strand, value, what);
  switch (what) {
    case 'undefined':
      return undefined;
    case 'null':
      return null;
    case 'NaN':
      return Number.NaN;
    case '-0':
      return -0;
    case 'text':
      return `text ${(strand.objects += 1)}`;
    case 'big integer':
      return 12n;
    case 'symbol':
      return known(Symbol('a value'));
    case 'function':
      return known(() => undefined);
    case 'object':
      return known({ id: 'o-1', nested: { password: 'secret' } });
    case 'frozen object':
      return known(Object.freeze({ id: 'o-2' }));
    case 'array':
      return known([1, [2]]);
    case 'error':
      return known(new Error('expected'));
    case 'abort error':
      return known(Object.assign(new Error('aborted'), { name: 'AbortError' }));
    case 'without prototype':
      return known(Object.create(null) as object);
    case 'throwing getters': {
      const get = (): never => {
        throw new Error('a getter');
      };
      return known(Object.defineProperties({}, { name: { get }, code: { get }, message: { get }, item: { get } }));
    }
    case 'proxy':
      return known(new Proxy({ id: 'o-3' }, {}));
    case 'revoked proxy': {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return known(proxy);
    }
    case 'thenable':
      return known({
        then(resolve: (value: unknown) => void) {
          world.count('thenable values started');
          resolve('of a thenable value');
        },
      });
  }
}
