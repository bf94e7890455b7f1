import { config, interval, lastValueFrom, map, Observable, of, range, Subject, take, tap, throwError } from 'rxjs';
import { trace } from '@opentelemetry/api';
import { Observed, observe } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

class Feeds {
  readonly subject = new Subject<number>();

  @Observed({ event: 'read' })
  numbers(): Observable<number> {
    return of(1, 2, 3);
  }

  @Observed({ event: 'read' })
  broken(): Observable<never> {
    return throwError(() => new RangeError('feed'));
  }

  @Observed({ event: 'read' })
  endless(): Observable<number> {
    return interval(1);
  }

  @Observed({ event: 'read' })
  live(): Subject<number> {
    return this.subject;
  }

  @Observed({ event: 'read' })
  spans(): Observable<boolean> {
    return of(0).pipe(map(() => trace.getActiveSpan() !== undefined));
  }
}

let runtime: MemoryRuntime;

beforeEach(() => {
  runtime = startMemoryRuntime();
});

afterEach(async () => {
  expect(await runtime.trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
});

const statuses = (): string[] => runtime.events().map(({ status }) => status);

describe('an observable', () => {
  test('is a Call for each subscription, and none before the first', async () => {
    const numbers = new Feeds().numbers();
    expect(runtime.events()).toEqual([]);
    const seen: number[] = [];
    numbers.subscribe((value) => seen.push(value));
    expect(await lastValueFrom(numbers.pipe(map((value) => value * 10)))).toBe(30);
    expect(seen).toEqual([1, 2, 3]);
    expect(statuses()).toEqual(['success', 'success']);
  });

  test('that errors is a failure, and tells its observer', () => {
    const errors: unknown[] = [];
    new Feeds().broken().subscribe({ error: (error) => errors.push(error) });
    expect(errors).toEqual([new RangeError('feed')]);
    expect(runtime.events()).toMatchObject([{ status: 'failure', errorType: 'RangeError' }]);
  });

  test('that its taker leaves is cancelled, also where it sends at once and goes on', async () => {
    expect(await lastValueFrom(new Feeds().numbers().pipe(take(1)))).toBe(1);
    const failing = new Observable<number>((subscriber) => {
      subscriber.next(1);
      subscriber.error(new RangeError('too late'));
    });
    const feed = observe((): Observable<number> => failing, { name: 'feed', event: 'read' });
    expect(await lastValueFrom(feed().pipe(take(1)))).toBe(1);
    expect(statuses()).toEqual(['cancelled', 'cancelled']);
  });

  test('whose subscribe gives nothing to unsubscribe by is observed all the same', () => {
    const source = {
      subscribe: (observer: { complete: () => void }): void => observer.complete(),
      '@@observable': () => source,
    };
    let completed = 0;
    observe(() => source, { name: 'feed', event: 'read' })().subscribe({ complete: () => (completed += 1) });
    expect([completed, statuses()]).toEqual([1, ['success']]);
  });

  test('that is unsubscribed from is cancelled', async () => {
    const subscription = new Feeds().endless().subscribe();
    subscription.unsubscribe();
    expect(statuses()).toEqual(['cancelled']);
    expect(await lastValueFrom(new Feeds().endless().pipe(take(2)))).toBe(1);
    expect(statuses()).toEqual(['cancelled', 'cancelled']);
  });

  test('stops when the operator behind it has had enough, also where it sends in one go', async () => {
    let sent = 0;
    class Endless {
      @Observed({ event: 'read' })
      numbers(): Observable<number> {
        return range(0, Number.POSITIVE_INFINITY).pipe(tap(() => (sent += 1)));
      }
    }
    expect(await lastValueFrom(new Endless().numbers().pipe(take(3)))).toBe(2);
    expect(sent).toBe(3);
    expect(statuses()).toEqual(['cancelled']);
  });

  test('runs in the context of its call: its operators, its subscribe function and its teardown', async () => {
    expect(await lastValueFrom(new Feeds().spans())).toBe(true);
    const seen: unknown[] = [];
    const note = (): unknown => seen.push(trace.getActiveSpan()?.spanContext().spanId);
    class Sources {
      @Observed({ event: 'read' })
      source(): Observable<number> {
        return new Observable((subscriber) => {
          note();
          void Promise.resolve().then(() => {
            note();
            subscriber.complete();
          });
          return note;
        });
      }
    }
    const source = new Sources().source();
    expect(seen).toEqual([]);
    await Promise.all([1, 2].map(() => new Promise<void>((complete) => source.subscribe({ complete }))));
    const [first, second] = runtime
      .spans()
      .slice(-2)
      .map((span) => span.spanContext().spanId);
    expect(seen).toEqual([first, second, first, first, second, second]);
  });

  test('is subscribed to once for each subscription, also by way of operators and of another observable', async () => {
    let subscriptions = 0;
    class Sources {
      @Observed({ event: 'read' })
      source(): Observable<number> {
        return new Observable((subscriber) => {
          subscriptions += 1;
          subscriber.next(1);
          subscriber.complete();
        });
      }
    }
    const source = new Sources().source();
    source.subscribe();
    source.pipe(map((value) => value + 1)).subscribe();
    new Observable<number>((subscriber) => source.subscribe(subscriber)).subscribe();
    source.subscribe(new Subject<number>());
    await source.forEach(() => undefined);
    expect(subscriptions).toBe(5);
    expect(statuses()).toEqual(Array.from({ length: 5 }, () => 'success'));
  });

  test('whose error nobody handles is reported by RxJS, as it is bare', async () => {
    const reported: unknown[] = [];
    config.onUnhandledError = (error) => reported.push(error);
    try {
      const error = new RangeError('feed');
      class Sources {
        @Observed({ event: 'read' })
        broken(): Observable<never> {
          return throwError(() => error);
        }
      }
      for (const source of [throwError(() => error), new Sources().broken()]) {
        source.subscribe();
        source.subscribe({ next: () => undefined });
        source.pipe(map((value) => value)).subscribe();
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
      expect(reported).toEqual(Array.from({ length: 6 }, () => error));
      expect(statuses()).toEqual(['failure', 'failure', 'failure']);
    } finally {
      config.onUnhandledError = null;
    }
  });

  test('that is a subject stays one: what is sent into it arrives', () => {
    const feeds = new Feeds();
    const live = feeds.live();
    const seen: number[] = [];
    live.subscribe((value) => seen.push(value));
    live.next(1);
    feeds.subject.next(2);
    live.complete();
    expect(live).toBeInstanceOf(Subject);
    expect(seen).toEqual([1, 2]);
    expect(statuses()).toEqual(['success']);
  });
});
