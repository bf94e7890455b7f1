import { isNetworkFailure, withRetries, type RetryRules } from '../../src/tracing/retry';

function rules(change: Partial<RetryRules> = {}): RetryRules {
  const signal = new AbortController().signal;
  return { withinMs: 60_000, isRetryable: () => true, onRetry: () => undefined, signal, ...change };
}

describe('what is attempted with retries', () => {
  test('is not attempted again once it is aborted while it waits', async () => {
    const ending = new AbortController();
    let attempts = 0;
    let retries = 0;
    const failure = new Error('refused');
    const attempted = withRetries(
      async () => {
        attempts += 1;
        setImmediate(() => ending.abort());
        throw failure;
      },
      rules({ signal: ending.signal, onRetry: () => (retries += 1) }),
    );
    await expect(attempted).rejects.toBe(failure);
    expect([attempts, retries]).toEqual([1, 0]);
  });

  test.each([
    ['cannot succeed', { isRetryable: () => false }],
    ['would be too late', { withinMs: 500 }],
    ['was aborted before', { signal: AbortSignal.abort() }],
  ])('is not attempted again where another attempt %s', async (_, change) => {
    let attempts = 0;
    const failure = new Error('refused');
    const attempted = withRetries(async () => {
      attempts += 1;
      throw failure;
    }, rules(change));
    await expect(attempted).rejects.toBe(failure);
    expect(attempts).toBe(1);
  });
});

test.each([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ENETUNREACH',
  'EHOSTUNREACH',
])('a connection that fails by %s may succeed later', (code) =>
  expect(isNetworkFailure(Object.assign(new Error('failed'), { code }))).toBe(true),
);

test.each([undefined, null, new Error('failed'), { code: 'ERR_INVALID_URL' }])(
  'a failure that is none of the network does not pass by itself: %p',
  (failure) => expect(isNetworkFailure(failure)).toBe(false),
);
