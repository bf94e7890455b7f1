import * as fs from 'node:fs';
import { join } from 'node:path';
import { FileAuditBackend } from '../../../src/index';
import { beatIntervalMs, leaseFile } from '../../../src/audit/journal/writer-lease';
import { kindsOf, makeEvent, makeRoot, readChains } from './read-chains';

let root: string;

beforeEach(() => {
  root = makeRoot();
  jest.useFakeTimers({
    doNotFake: ['setImmediate', 'setTimeout', 'performance', 'nextTick', 'Date', 'queueMicrotask'],
  });
});

afterEach(() => {
  jest.useRealTimers();
  fs.rmSync(root, { recursive: true });
});

/** Lets the journal do what it does from time to time, and waits until it must be done. */
async function beats(count: number): Promise<void> {
  for (let beat = 0; beat < count; beat += 1) {
    jest.advanceTimersByTime(beatIntervalMs);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('the lease of a writer', () => {
  it('is not looked for once the writer has left: nothing follows its seal, however long the anchors take', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const backend = new FileAuditBackend({ path: root, anchors: [() => held] });
    await backend.log(makeEvent('1'), 'durable');
    const closed = backend.close();
    await until(() => fs.readdirSync(root).every((name) => !name.endsWith('.live')));
    await beats(3);
    release();
    await closed;
    const [chain] = readChains(root);
    expect(kindsOf(chain)).toEqual(['open', 'checkpoint', 'event', 'seal']);
    expect(chain?.files).toHaveLength(1);
  });

  it.each([
    ['is gone', (lease: string) => fs.rmSync(lease)],
    ['holds garbage', (lease: string) => fs.writeFileSync(lease, 'garbage')],
  ])('is written again where it %s, and the file goes on', async (_what, spoil) => {
    const reports: unknown[] = [];
    const backend = new FileAuditBackend({ path: root, onReport: (_where, error) => void reports.push(error) });
    const lease = join(backend.file, '..', leaseFile);
    const isWhole = (): boolean => fs.existsSync(lease) && fs.readFileSync(lease, 'utf8').includes(String(process.pid));
    const { file } = backend;
    spoil(lease);
    await beats(1);
    await until(isWhole);
    expect(backend.file).toBe(file);
    expect(reports).toEqual([]);
    await backend.close();
  });
});
