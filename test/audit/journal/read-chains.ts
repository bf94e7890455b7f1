import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditEvent } from '../../../src/index';
import type { JournalRecord } from '../../../src/audit/journal/journal-record';

/** What one writer has left in a root, read and hashed without any of the journal's own code. */
export interface Chain {
  readonly directory: string;
  readonly files: readonly string[];
  readonly records: readonly JournalRecord[];
}

export function makeRoot(): string {
  return mkdtempSync(join(tmpdir(), 'trefoil-journal-'));
}

export function makeEvent(eventId: string, status: 'success' | 'unknown' = 'success'): AuditEvent {
  return new AuditEvent({ eventId, eventType: 'update', status, storeType: 'test' });
}

/** Every chain of a root; throws where one is not sound. */
export function readChains(root: string): Chain[] {
  return readdirSync(root)
    .filter((name) => /^w-[0-9a-f]{16}/.test(name) && statSync(join(root, name)).isDirectory())
    .map((name) => readChain(join(root, name)));
}

export function readChain(directory: string): Chain {
  const files = readdirSync(directory)
    .filter((name) => name.endsWith('.ndjson'))
    .sort();
  const records: JournalRecord[] = [];
  let head: string | undefined;
  for (const file of files) {
    const text = readFileSync(join(directory, file));
    if (text.at(-1) !== 0x0a) throw new Error(`${file} ends with half a line`);
    for (const [index, line] of text.toString().trimEnd().split('\n').entries()) {
      const [, previous = '', hash = '', body = ''] =
        /^\{"p":"([0-9a-f]{16})","h":"([0-9a-f]{64})","b":(\{.*\})\}$/.exec(line) ?? [];
      const record = JSON.parse(body) as JournalRecord;
      if (index === 0 && record.kind !== 'open') throw new Error(`${file} begins with ${record.kind}`);
      const isFirst = head === undefined;
      // Where retention has removed the segments before, the first one left names their head.
      head ??= record.kind === 'open' && record.previous !== undefined ? record.previous.head : '0'.repeat(64);
      const expected = createHash('sha256').update('trefoil/1\0').update(Buffer.from(head, 'hex')).update(body);
      if (previous !== head.slice(0, 16) || hash !== expected.digest('hex'))
        throw new Error(`${file} ${record.seq} is bad`);
      if (!isFirst && record.seq !== (records.at(-1)?.seq ?? 0) + 1) throw new Error(`${file} skips to ${record.seq}`);
      if (record.kind === 'seal' && record.head !== head) throw new Error(`${file} is sealed with another head`);
      records.push(record);
      head = hash;
    }
  }
  return { directory, files, records };
}

export function kindsOf(chain: Chain | undefined): string[] {
  return chain?.records.map(({ kind }) => kind) ?? [];
}

/** The ids of the events of some chains, in their order. */
export function idsIn(chains: readonly Chain[]): unknown[] {
  return chains.flatMap(({ records }) =>
    records.flatMap((record) => ('event' in record ? [record.event['event_id']] : [])),
  );
}
