import { monotonicMs, wallClockMs } from '../../src/call/clock';

describe('the wall clock', () => {
  test('is never ahead of the system’s, and at most a millisecond behind', () => {
    for (let reading = 0; reading < 50_000; reading += 1) {
      const before = Date.now();
      const read = wallClockMs(monotonicMs());
      const after = Date.now();
      expect(Number.isInteger(read)).toBe(true);
      if (read < before - 1 || read > after) throw new Error(`read ${read} between ${before} and ${after}`);
    }
  });

  test('is read anew once a reading is old, so that a clock that is set back is followed', () => {
    const now = monotonicMs();
    const first = wallClockMs(now + 1_000);
    expect(wallClockMs(now + 1_010.9)).toBe(first + 10);
    // By now it would be a second ahead of the system's clock, were it still carried on.
    expect(wallClockMs(now + 2_000)).toBeLessThan(first + 900);
  });

  test('is that of fake timers, to the millisecond', () => {
    jest.useFakeTimers({ now: 1_000 });
    expect(wallClockMs(monotonicMs())).toBe(1_000);
    jest.setSystemTime(5_000);
    expect(wallClockMs(monotonicMs())).toBe(5_000);
    jest.useRealTimers();
    expect(wallClockMs(monotonicMs() + 100)).toBeGreaterThan(1_000_000);
  });
});
