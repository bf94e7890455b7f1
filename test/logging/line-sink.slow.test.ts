import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LineSink, type LineTarget } from '../../src/logging/line-sink';

/** A pipe whose reader takes nothing unless it is told to. */
interface Pipe {
  readonly target: LineTarget;
  readAll(): string;
  closeReader(): void;
  remove(): void;
}

function makePipe(): Pipe {
  const folder = mkdtempSync(join(tmpdir(), 'trefoil-pipe-'));
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const buffer = Buffer.alloc(2 ** 20);
  return {
    target: {
      exporter: 'test',
      descriptor: () => writer,
      settle: () => Promise.resolve(),
      close: () => closeSync(writer),
    },
    readAll() {
      let text = '';
      try {
        for (let read = 1; read > 0;) {
          read = readSync(reader, buffer);
          text += buffer.toString('utf8', 0, read);
        }
      } catch (error) {
        expect(error).toMatchObject({ code: 'EAGAIN' });
      }
      return text;
    },
    closeReader: () => closeSync(reader),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

const lineOf = (index: number): string => `${index} ${'ü'.repeat(200)}`;

describe('a pipe that is full', () => {
  test('keeps no writer waiting, and gets every line whole once it is read', async () => {
    const pipe = makePipe();
    const errors: unknown[] = [];
    const sink = new LineSink(pipe.target, (error) => errors.push(error));
    const lines = Array.from({ length: 1_000 }, (_, index) => lineOf(index));
    for (const line of lines) sink.write(line);
    const waiting = sink.health();
    expect(waiting.queueDepth).toBeGreaterThan(500);
    expect(waiting.queueDepth + waiting.exported).toBe(1_000);
    let text = '';
    while (sink.health().queueDepth > 0) {
      text += pipe.readAll();
      await sink.flush();
    }
    text += pipe.readAll();
    expect(text.trimEnd().split('\n')).toEqual(lines);
    expect(sink.health()).toMatchObject({ exported: 1_000, dropped: {}, failures: 0, lastError: undefined });
    expect(errors).toEqual([]);
    await sink.close();
    pipe.closeReader();
    pipe.remove();
  });

  test('holds so many lines and no more; the others are counted', async () => {
    const pipe = makePipe();
    const sink = new LineSink(pipe.target, () => undefined);
    for (let index = 0; index < 12_000; index += 1) sink.write(lineOf(index));
    const { queueDepth, queueLimit, exported, dropped } = sink.health();
    expect(queueDepth).toBe(queueLimit);
    expect(exported + queueDepth + (dropped['queue_full'] ?? 0)).toBe(12_000);
    expect(dropped['queue_full']).toBeGreaterThan(0);
    pipe.closeReader();
    await sink.close();
    expect(sink.health().dropped['export_failed']).toBe(queueDepth);
    pipe.remove();
  });
});

test('a pipe whose reader has gone harms nothing: what is written is counted', async () => {
  const pipe = makePipe();
  const errors: unknown[] = [];
  const sink = new LineSink(pipe.target, (error) => errors.push(error));
  sink.write('one');
  pipe.closeReader();
  for (let index = 0; index < 100; index += 1) sink.write('more');
  expect(sink.health()).toMatchObject({ exported: 1, queueDepth: 0, dropped: { export_failed: 100 } });
  expect(errors).toMatchObject([{ code: 'EPIPE' }]);
  await sink.close();
  pipe.remove();
});
