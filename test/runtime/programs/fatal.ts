import 'reflect-metadata';
import { writeSync } from 'node:fs';
import { Readable } from 'node:stream';
import { Observable, of, throwError } from 'rxjs';
import { initializeObservability, Observed, type InMemoryAuditBackend } from '../../../src/index';

/** Errors that nobody handles, in a bare or in a decorated class; `program <scenario> <bare|decorated>`. */
const [, , scenario = '', kind] = process.argv;

const observed: typeof Observed = kind === 'decorated' ? Observed : () => () => undefined;

type Callback = (error: Error | null, result?: string) => void;

class Store {
  @observed({ event: 'query', callback: 'last' })
  answer(callback: Callback): void {
    callback(null, 'now');
  }

  @observed({ event: 'query', callback: 'last' })
  answerLater(callback: Callback): void {
    setImmediate(callback, null, 'later');
  }

  @observed({ event: 'query', callback: 'last' })
  answerByPromise(callback: Callback): void {
    void Promise.resolve('later').then((result) => callback(null, result));
  }

  @observed({ event: 'query', callback: 'last' })
  async failBeforeAnswer(_callback: Callback): Promise<void> {
    throw new RangeError('before');
  }

  @observed({ event: 'query' })
  async fail(): Promise<void> {
    throw new RangeError('rejected');
  }

  @observed({ event: 'query', returns: 'same' })
  lazily(): PromiseLike<string> {
    return { then: (...callbacks) => Promise.reject<string>(new RangeError('lazy')).then(...callbacks) };
  }

  @observed({ event: 'query' })
  query(): PromiseLike<string> {
    return { then: (...callbacks) => Promise.reject<string>(new RangeError('query')).then(...callbacks) };
  }

  @observed({ event: 'list' })
  async *rows(): AsyncGenerator<string> {
    yield 'first';
    throw new RangeError('row');
  }

  @observed({ event: 'read' })
  stream(): Readable {
    return Readable.from(['first']);
  }

  @observed({ event: 'read' })
  broken(): Observable<string> {
    return throwError(() => new RangeError('observable'));
  }

  @observed({ event: 'read' })
  values(): Observable<string> {
    return of('first', 'second');
  }
}

const trefoil = initializeObservability({
  audit: { backend: 'memory' },
  metrics: { backend: 'none' },
  logging: { level: 'silent' },
  signals: false,
});
const store = new Store();
const raise = (): never => {
  throw new RangeError('user');
};

const scenarios: Readonly<Record<string, () => unknown>> = {
  'a callback that throws, in the turn of the call': () => store.answer(raise),
  'a callback that throws, in a later turn': () => store.answerLater(raise),
  'a callback that throws, in a promise': () => store.answerByPromise(raise),
  'an async method that fails before it calls back': () => store.failBeforeAnswer(() => undefined),
  'an async method that rejects': () => store.fail(),
  'a thenable that rejects': () => store.query().then(() => undefined),
  'a thenable that rejects, left as it is': () => store.lazily().then(() => undefined),
  'an async generator that throws': async () => {
    for await (const row of store.rows()) writeSync(1, `${row}\n`);
  },
  'a stream that is destroyed with an error': () => store.stream().destroy(new RangeError('stream')),
  'an observable that errors, without an observer': () => store.broken().subscribe(),
  'an observable that errors, with an observer of values': () => store.broken().subscribe(() => undefined),
  'an observer of values that throws': () => store.values().subscribe(raise),
  'an observer object that throws': () =>
    store.values().subscribe({ next: raise, complete: () => writeSync(1, 'complete\n') }),
  'an observer of the end that throws': () => store.values().subscribe({ complete: raise }),
  'an observer of the error that throws': () => store.broken().subscribe({ error: raise }),
};

process.on('exit', (code) => {
  const statuses = (trefoil.audit as InMemoryAuditBackend).getAll().map(({ status }) => status);
  writeSync(1, `${JSON.stringify({ code, statuses })}\n`);
});
// It only watches: the process ends all the same.
process.on('uncaughtExceptionMonitor', (error, origin) => {
  writeSync(1, `${origin}: ${error.name}: ${error.message}\n`);
});
void scenarios[scenario]?.();
