import * as fs from 'node:fs';
import { join } from 'node:path';
import { AuditEvent } from './audit-event';

/** Told of each line that is no event: the file, the number of the line from 1 on, and what is wrong with it. */
export type OnUnreadable = (file: string, line: number, error: unknown) => void;

/**
 * The events of every NDJSON file in a directory, file by file, each in the order of writing. A line that cannot be read
 * is told and passed over, so that it costs no other event.
 */
export async function* readEvents(directory: string, onUnreadable: OnUnreadable): AsyncGenerator<AuditEvent> {
  const names = (await fs.promises.readdir(directory)).filter((name) => name.endsWith('.ndjson')).sort();
  for (const name of names) yield* readFile(join(directory, name), onUnreadable);
}

async function* readFile(file: string, onUnreadable: OnUnreadable): AsyncGenerator<AuditEvent> {
  let number = 0;
  let rest = '';
  for await (const chunk of chunksOf(file)) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      number += 1;
      const event = readLine(line, (error) => onUnreadable(file, number, error));
      if (event !== undefined) yield event;
    }
  }
  // A process that was killed while it wrote leaves half a line at the end, which never was an event.
  const last = readLine(rest, () => undefined);
  if (last !== undefined) yield last;
}

function readLine(line: string, onUnreadable: (error: unknown) => void): AuditEvent | undefined {
  if (line.trim() === '') return undefined;
  try {
    return AuditEvent.fromJSON(JSON.parse(line));
  } catch (error) {
    onUnreadable(error);
    return undefined;
  }
}

/** Nothing of a directory with the name of a file, or of a file that was removed in the meantime. */
async function* chunksOf(file: string): AsyncGenerator<string> {
  try {
    yield* fs.createReadStream(file, 'utf8') as AsyncIterable<string>;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EISDIR' && code !== 'ENOENT') throw error;
  }
}
