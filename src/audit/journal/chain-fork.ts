import { ChainSignatures, type Finding } from './chain-signatures';
import { HashChain } from './hash-chain';
import { bodyAt, type JournalRecord } from './journal-record';
import { RecordHead } from './record-head';
import type { VerifyingKey } from './verifying-key';

/** Where an adopter has taken a chain over: the record before its own first one. */
export interface TakeOver {
  readonly seq: number;
  readonly head: string;
}

/**
 * What a writer has gone on writing behind the end that another has given its chain: it had been stopped for so long that
 * it was taken for dead. Both sides follow the record at which the chain was taken over.
 */
export class ChainFork {
  readonly from: TakeOver;
  readonly #chain = new HashChain();
  readonly #head = new RecordHead();
  readonly #signatures: ChainSignatures;
  seq: number;

  constructor(writer: string, trusted: readonly VerifyingKey[], from: TakeOver) {
    this.from = from;
    this.seq = from.seq;
    this.#signatures = new ChainSignatures(writer, trusted);
    this.#chain.restartAt(from.head);
  }

  /** The last record that a signature vouches for. */
  get signedThrough(): number {
    return Math.max(this.#signatures.signedThrough, this.from.seq);
  }

  /** The record where the line is the next of this side, `undefined` where it is not. */
  take(block: Buffer, start: number, end: number): JournalRecord | undefined {
    if (!this.#chain.follow(block, start, end) || !this.#head.read(block, start + bodyAt)) return undefined;
    if (this.#head.seq !== this.seq + 1) return undefined;
    this.seq += 1;
    return JSON.parse(block.toString('utf8', start + bodyAt, end - 1)) as JournalRecord;
  }

  judge(record: JournalRecord): Finding | undefined {
    if (record.kind !== 'checkpoint' && record.kind !== 'seal') return undefined;
    if (record.head === this.#chain.headBefore) return this.#signatures.check(record);
    return ['rehash', `the ${record.kind} names another record than the one before it`];
  }
}
