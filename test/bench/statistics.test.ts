import { inOrderOf, median, quantile, slope } from '../../bench/statistics';

describe('the statistics of the bench', () => {
  it('take the middle of an odd number of values, and halfway between the two in the middle of an even one', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 7])).toBe(6);
    expect(median([])).toBeNaN();
  });

  it('interpolate between neighbours', () => {
    expect([0, 0.25, 0.5, 0.75, 1].map((of) => quantile([10, 20, 30, 40, 50], of))).toEqual([10, 20, 30, 40, 50]);
    expect(quantile([0, 10], 0.25)).toBe(2.5);
  });

  it('find the slope of a line, whatever lies above and below it in equal parts', () => {
    const line = [0, 1, 2, 3].map((x) => ({ x, y: 7 - 3 * x }));
    expect(slope(line)).toBeCloseTo(-3);
    expect(
      slope([...line.map(({ x, y }) => ({ x, y: y + 1 })), ...line.map(({ x, y }) => ({ x, y: y - 1 }))]),
    ).toBeCloseTo(-3);
  });

  it('let every item take every place, after neighbours that change', () => {
    const items = ['a', 'b', 'c'];
    const rounds = Array.from({ length: 6 }, (_, round) => inOrderOf(round, items));
    for (const round of rounds) expect([...round].sort()).toEqual(items);
    for (const place of items.keys()) expect(new Set(rounds.map((round) => round[place])).size).toBe(items.length);
    const before = (item: string) => new Set(rounds.map((round) => round[round.indexOf(item) - 1]));
    for (const item of items) expect(before(item).size).toBe(items.length);
  });
});
