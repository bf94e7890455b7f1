import { DataRedactor } from '../../src/index';
import { MetricsPusher } from '../../src/metrics/metrics-pusher';

function pusherOf(push: () => Promise<void>): MetricsPusher {
  return new MetricsPusher({
    exporter: 'told',
    intervalMs: 1_000_000,
    flushTimeoutMs: 200,
    push,
    redactor: new DataRedactor(),
    onReport: () => undefined,
  });
}

test('a push that has failed just now is not made once more at the close', async () => {
  let pushes = 0;
  const pusher = pusherOf(async () => {
    pushes += 1;
    throw new Error('refused');
  });
  await expect(pusher.flush()).rejects.toThrow('refused');
  await pusher.close();
  expect(pushes).toBe(1);
});

test('what was given up at the close is not sent when the push before it ends after all', async () => {
  let pushes = 0;
  let answer = (): void => undefined;
  const pusher = pusherOf(() => {
    pushes += 1;
    return new Promise((resolve) => (answer = resolve));
  });
  const flushed = expect(pusher.flush()).rejects.toThrow(/within 200 ms/);
  await Promise.resolve();
  await Promise.resolve();
  const closed = expect(pusher.close()).rejects.toThrow(/within 200 ms/);
  await flushed;
  await closed;
  answer();
  await new Promise((resolve) => setImmediate(resolve));
  expect(pushes).toBe(1);
});
