import { monotonicMs } from '../../src/call/clock';
import { monotonicNs, ProcessTimeline, Timeline, timelineAt } from '../../src/call/timeline';

const ns = (ms: number): number => Math.round(ms * 1e6);

/** Clocks that go as they are told to; the wall clock shows whole milliseconds. */
function clocksAt(originMs: number) {
  const clocks = {
    originMs,
    nowMs: 0,
    setByMs: 0,
    wallMs: () => Math.floor(clocks.originMs + clocks.nowMs + clocks.setByMs),
    monotonicMs: () => clocks.nowMs,
  };
  return clocks;
}

describe('the timeline of the process', () => {
  test('is never ahead of the system’s clock, and at most a millisecond behind', () => {
    for (let reading = 0; reading < 50_000; reading += 1) {
      const before = Date.now();
      const readMs = monotonicMs();
      const read = timelineAt(readMs, undefined).msAt(monotonicNs(readMs));
      const after = Date.now();
      if (read < before - 1 || read > after) throw new Error(`read ${read} between ${before} and ${after}`);
    }
  });

  test('stays the same as long as the wall clock is not set', () => {
    const clocks = clocksAt(1_800_000_000_000.25);
    const timeline = new ProcessTimeline(clocks);
    const first = timeline.at(0);
    for (clocks.nowMs = 0; clocks.nowMs < 100_000; clocks.nowMs += 7.123_457)
      expect(timeline.at(clocks.nowMs)).toBe(first);
  });

  test.each([3_600_000, -3_600_000, 5, -5])(
    'follows a wall clock that is set by %d ms, for what begins then',
    (setByMs) => {
      const clocks = clocksAt(1_800_000_000_000.25);
      const timeline = new ProcessTimeline(clocks);
      const first = timeline.at(0);
      clocks.nowMs = 50;
      clocks.setByMs = setByMs;
      const next = timeline.at(50);
      expect(next).not.toBe(first);
      expect(next.msAt(ns(50))).toBe(clocks.wallMs());
      expect(first.msAt(ns(50))).toBe(1_800_000_000_050);
      expect(timelineAt(60, first)).toBe(first);
    },
  );

  test('is that of fake timers, to the millisecond', () => {
    jest.useFakeTimers({ now: 1_000 });
    const shown = (): number => {
      const readMs = monotonicMs();
      return timelineAt(readMs, new Timeline(0, 0)).msAt(monotonicNs(readMs));
    };
    expect(shown()).toBe(1_000);
    jest.setSystemTime(5_000);
    expect(shown()).toBe(5_000);
    jest.useRealTimers();
    expect(timelineAt(monotonicMs(), undefined).msAt(monotonicNs(monotonicMs()))).toBeGreaterThan(1_000_000);
  });
});

describe('a timeline', () => {
  test('gives nanoseconds that differ as the readings do', () => {
    const timeline = new Timeline(1_799_999_999_999.5, 10.000_001);
    expect(timeline.hrTimeAt(ns(10.000_001))).toEqual([1_799_999_999, 999_500_000]);
    expect(timeline.hrTimeAt(ns(10.000_002))).toEqual([1_799_999_999, 999_500_001]);
    expect(timeline.hrTimeAt(ns(10.500_001))).toEqual([1_800_000_000, 0]);
    expect(timeline.hrTimeAt(ns(9.500_001))).toEqual([1_799_999_999, 999_000_000]);
    expect(timeline.msAt(ns(10.5))).toBe(1_799_999_999_999);
    expect(timeline.msAt(ns(10.500_001))).toBe(1_800_000_000_000);
  });

  test('is exact for a clock that is decades off', () => {
    expect(new Timeline(1_000, 123.456_789).hrTimeAt(ns(124.456_79))).toEqual([1, 1_000_001]);
    expect(new Timeline(4_102_444_800_000, 0).hrTimeAt(ns(0.000_001))).toEqual([4_102_444_800, 1]);
  });
});
