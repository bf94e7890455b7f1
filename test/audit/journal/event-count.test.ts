import { EventCount } from '../../../src/audit/journal/event-count';

describe('the count of events of a chain', () => {
  it('leaves out records that are no events', () => {
    const count = new EventCount();
    for (const seq of [1, 2, 7]) count.addOther(seq);
    expect(count.between(0, 10)).toBe(7);
    expect(count.between(2, 6)).toBe(4);
    expect(count.between(2, 7)).toBe(4);
    expect(count.between(6, 7)).toBe(0);
  });

  it('is never less than none', () => {
    const count = new EventCount();
    count.addOther(3);
    expect(count.between(5, 2)).toBe(0);
  });

  it('forgets records that were taken back, so that their numbers may be those of events', () => {
    const count = new EventCount();
    for (const seq of [1, 4, 5]) count.addOther(seq);
    count.forget(3);
    expect(count.between(0, 5)).toBe(4);
  });

  it('sums up finished segments, of which only some are left', () => {
    const count = new EventCount();
    count.addOther(1);
    count.addOther(10);
    count.seal(1, 0, 10);
    count.addOther(11);
    count.seal(2, 10, 15);
    expect(count.sealed).toBe(12);
    count.keepOnly(new Set([2]));
    expect(count.sealed).toBe(4);
    count.keepOnly(new Set());
    expect(count.sealed).toBe(0);
  });

  it('counts each segment by itself', () => {
    const count = new EventCount();
    count.addOther(2);
    count.seal(1, 0, 4);
    expect(count.between(0, 4)).toBe(4);
  });
});
