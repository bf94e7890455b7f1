import { nearestName } from '../src/nearest-name';

describe('the known name that a wrong one was meant to be', () => {
  const known = ['require', 'backends', 'maxFiles', 'onError', 'any', 'all'];

  test.each([
    ['requrie', 'require'],
    ['Require', 'require'],
    ['backend', 'backends'],
    ['maxFile', 'maxFiles'],
    ['maxfiles', 'maxFiles'],
    ['onEror', 'onError'],
    ['All', 'all'],
    ['al', 'all'],
  ])('%s: %s', (given, name) => expect(nearestName(given, known)).toBe(name));

  test.each(['', 'path', 'x', 'xyz', 'r'.repeat(1_000)])('%s: none', (given) =>
    expect(nearestName(given, known)).toBeUndefined(),
  );

  test('the nearest of several', () => expect(nearestName('maxFilez', ['maxFiler2', 'maxFiles'])).toBe('maxFiles'));
});
