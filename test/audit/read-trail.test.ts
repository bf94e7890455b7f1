import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TrailFollower } from '../../src/audit/journal/follow-trail';
import { readRecords, type ReadRecordsOptions } from '../../src/audit/journal/read-trail';
import { readTrailEvents } from '../../src/audit/journal/read-trail-events';
import { verifyTrail } from '../../src/audit/journal/verify-trail';
import { WrittenTrail } from './journal/written-trail';

let root: string;

beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'trefoil-trail-'));
});

afterEach(() => fs.rmSync(root, { recursive: true }));

async function times(options?: ReadRecordsOptions): Promise<string[]> {
  const found: string[] = [];
  for await (const { record } of readRecords(root, options)) found.push(record.at);
  return found;
}

async function items(order: 'asc' | 'desc'): Promise<string[]> {
  const found: string[] = [];
  for await (const { itemId, status } of readTrailEvents(root, { order })) found.push(`${itemId} ${status}`);
  return found;
}

/** Three writers, two of them at work at the same time, with segments and lines of any length. */
function busyTrail(): number {
  const one = new WrittenTrail(root).events(300).rotate().events(300);
  const other = new WrittenTrail(root);
  other.time += 90_500;
  other
    .events(3, { metadata: { long: 'é'.repeat(200_000) } })
    .rotate()
    .events(200)
    .write('{"p":"01');
  one.close();
  const later = new WrittenTrail(root);
  later.time += 7_200_000;
  later.events(10).close();
  return one.seq + other.seq + later.seq;
}

describe('the records of a trail', () => {
  test('come in the order in which they were made, over all writers and segments, in either direction', async () => {
    const count = busyTrail();
    const inOrder = await times();
    expect(inOrder).toHaveLength(count);
    expect(inOrder).toEqual(inOrder.toSorted());
    expect(await times({ order: 'desc' })).toEqual(inOrder.toReversed());
  });

  test('are found with their file and line', async () => {
    const { file } = new WrittenTrail(root).events(2).write();
    const found: unknown[] = [];
    for await (const { file: at, line, record } of readRecords(root)) found.push([at, line, record.seq, record.kind]);
    expect(found).toEqual([
      [file, 1, 1, 'open'],
      [file, 2, 2, 'event'],
      [file, 3, 3, 'event'],
    ]);
  });

  test('are not lost for a line that is none, which is told', async () => {
    const trail = new WrittenTrail(root).events(2).write();
    fs.appendFileSync(trail.file, 'noise\n\n');
    trail.events(1).write();
    const told: [string, number][] = [];
    expect(await times({ onUnreadable: (file, line) => told.push([file, line]) })).toHaveLength(4);
    expect(told).toEqual([
      [trail.file, 4],
      [trail.file, 5],
    ]);
  });

  test.each(['asc', 'desc'] as const)('are all read (%s) while writers are adopted and closed', async (order) => {
    const first = new WrittenTrail(root).events(2).rotate().events(2).rotate().events(2).write();
    const second = new WrittenTrail(root).events(2).rotate().events(2).write();
    const found: string[] = [];
    for await (const { record } of readRecords(root, { order })) {
      found.push(record.at);
      if (found.length > 1) continue;
      const adopted = join(root, `${first.writer}.adopted-${second.writer}`);
      fs.renameSync(first.directory, adopted);
      fs.renameSync(second.directory, join(root, second.writer));
    }
    expect(found).toHaveLength(first.seq + second.seq);
  });

  test('are those that count, where a segment had to be given up', async () => {
    const trail = new WrittenTrail(root).events(3).write();
    const size = fs.statSync(trail.file).size;
    const abandoned = trail.file;
    const seq = trail.seq;
    trail.giveUp(2);
    fs.appendFileSync(abandoned, '{"half');
    expect(fs.statSync(abandoned).size).toBeGreaterThan(size);
    trail.events(2).close();
    expect(await verifyTrail(root)).toMatchObject({ verdict: 'unanchored', records: seq + 4, faults: [] });
    const inOrder = await times();
    expect(inOrder).toHaveLength(seq + 4);
    expect(await times({ order: 'desc' })).toEqual(inOrder.toReversed());
  });

  test('of a trail that is not there are an error', async () => {
    const reading = readRecords(join(root, 'nowhere')).next();
    await expect(reading).rejects.toMatchObject({ code: 'TREFOIL_AUDIT_TRAIL' });
  });
});

describe('the events of a trail', () => {
  test('are calls: an intent gives way to its outcome, and is unknown without one', async () => {
    const trail = new WrittenTrail(root);
    const call = (eventId: string, kind: 'intent' | 'outcome', status: 'unknown' | 'failure'): void =>
      void trail.event({ eventId, itemId: eventId, status }, kind);
    call('a', 'intent', 'unknown');
    call('b', 'intent', 'unknown');
    trail.event({ itemId: 'c' });
    call('a', 'outcome', 'failure');
    trail.write();
    expect(await items('asc')).toEqual(['c success', 'a failure', 'b unknown']);
    expect(await items('desc')).toEqual(['a failure', 'c success', 'b unknown']);
  });

  test('are passed over where they are none, which is told', async () => {
    new WrittenTrail(root).record({ kind: 'event', event: { event_type: 'none' } }).write();
    const told: unknown[] = [];
    for await (const event of readTrailEvents(root, { onUnreadable: (...line) => told.push(line) })) told.push(event);
    expect(told).toEqual([[expect.any(String), 2, expect.objectContaining({ code: 'TREFOIL_AUDIT_EVENT_INVALID' })]]);
  });
});

describe('following a trail', () => {
  async function arrived(follower: TrailFollower): Promise<number[]> {
    const seqs: number[] = [];
    for await (const { record } of follower.poll()) seqs.push(record.seq);
    return seqs;
  }

  test('gives what is new, once, over half lines, new segments, closed writers and new ones', async () => {
    const trail = new WrittenTrail(root).events(2).write('{"p":"');
    const follower = await TrailFollower.fromEnd(root);
    expect(await arrived(follower)).toEqual([]);
    fs.truncateSync(trail.file, fs.statSync(trail.file).size - 6);
    trail.events(1).write();
    expect(await arrived(follower)).toEqual([4]);
    trail.rotate().events(1).write();
    expect(await arrived(follower)).toEqual([5, 6, 7]);
    trail.events(1).close();
    const other = new WrittenTrail(root).write();
    expect((await arrived(follower)).toSorted()).toEqual([1, 8, 9]);
    other.close();
    expect(await arrived(follower)).toEqual([2]);
    expect(await arrived(follower)).toEqual([]);
  });
});
