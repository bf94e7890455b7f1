import 'reflect-metadata';
import { Audited, AuditEventType, type Delivery, type Settled } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

class ForbiddenError extends Error {}

const forbidden = (settled: Settled): 'denied' | undefined =>
  settled.threw
    ? settled.error instanceof ForbiddenError
      ? 'denied'
      : undefined
    : settled.result === false
      ? 'denied'
      : undefined;

class Guard {
  @Audited({ event: AuditEventType.ACCESS_GRANTED, item: (id: string) => id, outcome: forbidden })
  mayRead(id: string): boolean {
    return id !== 'secret';
  }

  @Audited({ event: 'access_denied', outcome: forbidden })
  async assertMayWrite(id: string): Promise<void> {
    if (id === 'secret') throw new ForbiddenError('not yours');
    if (id === 'broken') throw new Error('the directory is down');
  }

  @Audited({ event: 'read', outcome: forbidden })
  get(id: string): string {
    if (id === 'secret') throw new ForbiddenError('not yours');
    return id;
  }

  @Audited({ event: AuditEventType.VALIDATION_ERROR })
  validate(total: number): void {
    if (total < 0) throw new RangeError('the total is negative');
  }

  @Audited({ event: AuditEventType.ERROR })
  async repair(works: boolean): Promise<string> {
    if (!works) throw new Error('still broken');
    return 'repaired';
  }
}

let runtime: MemoryRuntime;

function start(delivery: Delivery): Guard {
  runtime = startMemoryRuntime({ audit: { delivery } });
  return new Guard();
}

afterEach(() => runtime.trefoil.shutdown());

const recorded = (): unknown => runtime.events().map(({ eventType, status }) => `${eventType} ${status}`);

test('a guard records whether it granted or denied access, whichever of the two it declares', async () => {
  const guard = start('buffered');
  expect([guard.mayRead('o-1'), guard.mayRead('secret')]).toEqual([true, false]);
  await guard.assertMayWrite('o-1');
  await expect(guard.assertMayWrite('secret')).rejects.toThrow(ForbiddenError);
  expect(recorded()).toEqual([
    'access_granted success',
    'access_denied denied',
    'access_granted success',
    'access_denied denied',
  ]);
});

test('a guard that fails has let nobody in, and its intent grants nothing', async () => {
  const guard = start('strict');
  await expect(guard.assertMayWrite('broken')).rejects.toThrow('the directory is down');
  guard.mayRead('o-1');
  expect(recorded()).toEqual([
    'access_denied unknown',
    'access_denied failure',
    'access_denied unknown',
    'access_granted success',
  ]);
});

test('a store method that was denied keeps its event type: the status says how it ended', () => {
  const guard = start('buffered');
  expect(() => guard.get('secret')).toThrow(ForbiddenError);
  expect(recorded()).toEqual(['read denied']);
});

test.each(['buffered', 'durable', 'strict'] as const)(
  'a method that declares a failure leaves an event where it fails, and none where it does not (%s)',
  async (delivery) => {
    const guard = start(delivery);
    guard.validate(1);
    expect(() => guard.validate(-1)).toThrow(RangeError);
    await expect(guard.repair(false)).rejects.toThrow('still broken');
    await expect(guard.repair(true)).resolves.toBe('repaired');
    expect(recorded()).toEqual(['validation_error failure', 'error failure']);
    expect(runtime.events().map(({ errorType, errorMessage }) => [errorType, errorMessage])).toEqual([
      ['RangeError', 'the total is negative'],
      ['Error', 'still broken'],
    ]);
  },
);
