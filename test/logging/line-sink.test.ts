import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LineSink, type LineTarget } from '../../src/logging/line-sink';

const directory = fs.mkdtempSync(join(tmpdir(), 'trefoil-line-sink-'));
afterAll(() => fs.rmSync(directory, { recursive: true }));

test('a line waits behind those that could not be written, and does not overtake them', async () => {
  const path = join(directory, 'lines.log');
  const descriptor = fs.openSync(path, 'a');
  let refused = 0;
  const target: LineTarget = {
    exporter: 'log_file',
    descriptor() {
      if ((refused += 1) === 1) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      return descriptor;
    },
    settle: () => Promise.resolve(),
    close: () => fs.closeSync(descriptor),
  };
  const errors: unknown[] = [];
  const sink = new LineSink(target, (error) => errors.push(error));
  for (const line of ['first', 'second', 'third']) sink.write(line);
  expect(sink.health()).toMatchObject({ queueDepth: 3, exported: 0, lastError: 'no space left' });
  await sink.flush();
  expect(fs.readFileSync(path, 'utf8')).toBe('first\nsecond\nthird\n');
  expect(sink.health()).toMatchObject({ queueDepth: 0, exported: 3, dropped: {}, lastError: undefined });
  expect(errors).toHaveLength(1);
  await sink.close();
});
