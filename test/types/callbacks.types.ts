// `callback: 'last'` needs a method that can be given a function as its last argument; what that is called with may be
// anything, and so onResult and outcome have to take an unknown result.
import { Audited, Counted, Observed, Timed, Traced, type Settled } from '../../src/index';

type Callback<Result> = (error: Error | null, result?: Result) => void;

export class Fitting {
  @Audited({ callback: 'last', item: (path: string) => path })
  get(_path: string, _callback: Callback<string>): void {}

  @Traced({ callback: 'last' })
  optional(_path: string, _callback?: Callback<string>): void {}

  @Timed({ callback: 'last' })
  either(_path: string, _options: object | Callback<string>): void {}

  @Counted({ callback: 'last' })
  any(..._args: unknown[]): void {}

  @Counted({ callback: 'last' })
  many(..._args: [...string[], Callback<string>]): void {}

  @Observed({ callback: 'last', onResult: (found: unknown) => ({ metadata: { found } }) })
  read(_path: string, _callback: Callback<string>): void {}

  @Observed({ callback: 'last', outcome: (settled: Settled) => (settled.threw ? 'denied' : undefined) })
  load(_path: string, _callback: Callback<string>): void {}

  find(_path: string): Promise<string>;
  find(_path: string, _callback: Callback<string>): void;
  @Observed({ callback: 'last' })
  find(_path: string, _callback?: Callback<string>): Promise<string> | void {}

  list(_path: string, _callback: Callback<string>): void;
  list(_path: string): Promise<string>;
  @Observed({ callback: 'last' })
  list(_path: string, _callback?: Callback<string>): Promise<string> | void {}

  query(_callback: Callback<string>): void;
  query(_path: string, _callback: Callback<string>): void;
  query(_path: string): Promise<string>;
  @Observed({ callback: 'last', item: () => 'all' })
  query(_path: string | Callback<string>, _callback?: Callback<string>): Promise<string> | void {}
}

export class FittingGeneric<Value> {
  @Audited({ callback: 'last', onResult: (value: unknown) => ({ metadata: { value } }) })
  get(_key: string, _callback: Callback<Value>): void {}

  @Audited({ callback: 'last', item: (key: string) => key })
  set(_key: string, _value: Value, _callback: Callback<Value>): void {}
}

export class NotFitting {
  // @ts-expect-error no such place
  @Audited({ callback: 'first' })
  add(_callback: Callback<string>, _path: string): void {}

  // @ts-expect-error it has no callback
  @Audited({ callback: 'last' })
  get(_path: string): void {}

  // @ts-expect-error it has no parameter
  @Traced({ callback: 'last' })
  none(): void {}

  // @ts-expect-error the callback is not the last one
  @Timed({ callback: 'last' })
  either(_callback: Callback<string>, _options: { readonly depth: number }): void {}

  // @ts-expect-error a callback may give anything
  @Observed({ callback: 'last', onResult: (found: string) => ({ item: found }) })
  read(_path: string, _callback: Callback<string>): void {}

  // @ts-expect-error a callback may give anything
  @Counted({ callback: 'last', outcome: (settled: Settled<string>) => (settled.threw ? 'denied' : undefined) })
  load(_path: string, _callback: Callback<string>): void {}

  // @ts-expect-error the item is read from the arguments
  @Observed({ callback: 'last', item: (path: number) => path })
  fetch(_path: string, _callback: Callback<string>): void {}

  find(_path: string): Promise<string>;
  find(_path: string, _depth: number): Promise<string>;
  // @ts-expect-error no overload has a callback
  @Observed({ callback: 'last' })
  find(_path: string, _depth?: number): Promise<string> {
    return Promise.resolve('');
  }
}

export class NotFittingGeneric<Value> {
  // @ts-expect-error it has no callback
  @Audited({ callback: 'last' })
  get(_key: string, _value: { readonly value: Value }): void {}

  // @ts-expect-error a callback may give anything
  @Audited({ callback: 'last', onResult: (value: string) => ({ item: value }) })
  read(_key: Value, _callback: Callback<Value>): string {
    return '';
  }
}
