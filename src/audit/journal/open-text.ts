import { hostname } from 'node:os';
import type { ChainDamage, OpenRecord } from './journal-record';
import { recordText, type ChainPosition } from './line-encoder';
import type { WriterSettings } from './writer-settings';

/** What the first record of a segment says beside the settings of its writer. */
export interface SegmentOpening {
  readonly writer: string;
  readonly number: number;
  /** Where the chain stands, and the segment before. */
  readonly before: ChainPosition;
  readonly lastNumber: number;
  /** A segment of this writer that had to be given up. */
  readonly fault: ChainDamage | undefined;
  /** Chains of others that this one begins in the place of. */
  readonly damages: readonly ChainDamage[];
}

/** The first record of a segment, without its `seq`. */
export function openText({ service, environment, key }: WriterSettings, at: string, opening: SegmentOpening): string {
  const { writer, number, before, lastNumber, fault, damages } = opening;
  const damaged = fault ?? damages[0];
  const open: Omit<OpenRecord, 'seq' | 'kind' | 'at'> = {
    format: 1,
    writer,
    segment: number,
    ...(service === undefined ? {} : { service }),
    ...(environment === undefined ? {} : { environment }),
    host: hostname(),
    pid: process.pid,
    ...(before.seq === 0 ? {} : { previous: { segment: lastNumber, head: before.head } }),
    ...(damaged === undefined ? {} : { damaged }),
    ...(damages.length > 1 ? { damages } : {}),
    ...(key === undefined ? {} : { publicKey: key.publicKey }),
  };
  return recordText('open', at, open);
}
