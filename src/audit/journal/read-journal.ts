import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AuditEvent } from '../audit-event';
import { decodeLine, type JournalRecord } from './journal-record';
import { readRoot, readSegments, type SegmentFile } from './writer-directory';

/** Told of each line that is no record: the file, the number of the line from 1 on, and what is wrong with it. */
export type OnUnreadable = (file: string, line: number, error: unknown) => void;

/**
 * The events of every writer of a root, the writers in the order in which they began, each in the order of writing. A
 * call that has an intent and an outcome is given once, with its outcome; an intent alone at the end of its writer's,
 * with the status `unknown`. A line that cannot be read is told and passed over, so that it costs no other event.
 */
export async function* readJournal(root: string, onUnreadable: OnUnreadable): AsyncGenerator<AuditEvent> {
  for (const segments of await writersInOrder(root)) yield* readWriter(segments, onUnreadable);
}

async function writersInOrder(root: string): Promise<SegmentFile[][]> {
  const writers: { readonly segments: SegmentFile[]; readonly begunAt: string }[] = [];
  for (const { path, state } of readRoot(root).writers) {
    const segments = state === 'new' ? [] : readSegments(path);
    if (segments[0] !== undefined) writers.push({ segments, begunAt: await beginOf(segments[0]) });
  }
  writers.sort((one, other) => (one.begunAt < other.begunAt ? -1 : one.begunAt > other.begunAt ? 1 : 0));
  return writers.map(({ segments }) => segments);
}

async function beginOf({ path }: SegmentFile): Promise<string> {
  for await (const line of linesOf(path)) return parse(line)?.at ?? '';
  return '';
}

async function* readWriter(segments: readonly SegmentFile[], onUnreadable: OnUnreadable): AsyncGenerator<AuditEvent> {
  const intents = new Map<unknown, AuditEvent>();
  for (const { path } of segments) {
    let number = 0;
    for await (const line of linesOf(path)) {
      number += 1;
      const event = readLine(line, (error) => onUnreadable(path, number, error));
      if (event === undefined) continue;
      if (event.status === 'unknown' && !intents.has(event.eventId)) {
        intents.set(event.eventId, event);
        continue;
      }
      intents.delete(event.eventId);
      yield event;
    }
  }
  yield* intents.values();
}

function readLine(line: Buffer, onUnreadable: (error: unknown) => void): AuditEvent | undefined {
  try {
    const record = parse(line);
    // Half a line at the end is what a crash leaves behind, or what is just being written.
    if (record === undefined && line.at(-1) !== 0x0a) return undefined;
    if (record === undefined) throw new SyntaxError('the line is no record of a journal');
    return 'event' in record ? AuditEvent.fromJSON(record.event) : undefined;
  } catch (error) {
    onUnreadable(error);
    return undefined;
  }
}

function parse(line: Buffer): JournalRecord | undefined {
  const decoded = decodeLine(line);
  try {
    return decoded && (JSON.parse(decoded.body.toString()) as JournalRecord);
  } catch {
    return undefined;
  }
}

async function* linesOf(path: string): AsyncGenerator<Buffer> {
  const rest: Buffer[] = [];
  for await (const chunk of chunksOf(path)) {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      const line = chunk.subarray(from, end + 1);
      yield rest.length === 0 ? line : Buffer.concat([...rest.splice(0), line]);
      from = end + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

/** Nothing of a directory with the name of a file, or of a file that was removed in the meantime. */
async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  try {
    yield* fs.createReadStream(movedTo(path)) as AsyncIterable<Buffer>;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EISDIR' && code !== 'ENOENT') throw error;
  }
}

/** A writer's directory has another name once it is sealed or adopted. */
function movedTo(path: string): string {
  if (fs.existsSync(path)) return path;
  const directory = dirname(path);
  const id = basename(directory).split('.')[0];
  const moved = readRoot(dirname(directory)).writers.find(({ writer }) => writer === id);
  return moved === undefined ? path : join(moved.path, basename(path));
}
