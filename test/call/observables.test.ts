import { interval, lastValueFrom, map, of, range, Subject, take, tap, throwError, type Observable } from 'rxjs';
import { trace } from '@opentelemetry/api';
import { Observed } from '../../src/index';
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

  test('runs in the context of its call', async () => {
    expect(await lastValueFrom(new Feeds().spans())).toBe(true);
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
