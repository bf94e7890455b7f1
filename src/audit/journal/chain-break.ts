import type { HashChain } from './hash-chain';
import { bodyAt, decodeLine } from './journal-record';
import { RecordHead } from './record-head';
import type { FaultClass, TrailFault } from './trail-report';

/** A line in its file. */
export interface LinePlace {
  readonly file: string;
  readonly line: number;
}

/** What a line says of itself, true or not. */
interface Claim {
  /** The first 16 hex digits of the hash before it. */
  readonly previous: string;
  readonly hash: string;
  readonly seq: number;
}

/**
 * Finds out what was done to a chain, from the first line that does not follow and from those behind it: they show
 * whether the line is one too many, in the wrong place, or has lost its neighbours.
 */
export class ChainBreak {
  readonly #place: LinePlace;
  readonly #expectedSeq: number;
  readonly #chain: HashChain;
  readonly #head: string;
  readonly #headBefore: string;
  readonly #claim: Claim | undefined;
  #linesBehind = 0;
  /** Whether the next line goes on as if the bad one were not there, and the one behind that as well. */
  #isExtra = false;
  #goesOn = true;
  /** Where the record that is expected stands instead. */
  #movedTo: LinePlace | undefined;

  /** `chain` has followed the last good line; `line` does not follow it. */
  constructor(chain: HashChain, expectedSeq: number, line: Buffer, place: LinePlace) {
    this.#chain = chain;
    this.#expectedSeq = expectedSeq;
    this.#head = chain.head;
    this.#headBefore = chain.headBefore;
    this.#claim = claimOf(line);
    this.#place = place;
  }

  /** A line behind the bad one. */
  next(block: Buffer, start: number, end: number, place: LinePlace): void {
    this.#linesBehind += 1;
    if (this.#linesBehind === 1) this.#isExtra = this.#chain.follow(block, start, end);
    else if (this.#linesBehind === 2 && this.#isExtra) this.#goesOn = this.#chain.follow(block, start, end);
    if (this.#movedTo !== undefined) return;
    const claim = claimOf(block.subarray(start, end));
    if (claim?.seq === this.#expectedSeq && this.#head.startsWith(claim.previous)) this.#movedTo = place;
  }

  explain(): TrailFault {
    const [kind, message, line = this.#place.line] = this.#explain();
    return { class: kind, file: this.#place.file, line, seq: this.#expectedSeq, message };
  }

  #explain(): readonly [FaultClass, string, number?] {
    const claim = this.#claim;
    const expected = this.#expectedSeq;
    if (this.#isExtra && this.#goesOn) {
      if (claim !== undefined && claim.seq < expected) return ['duplicate', `record ${claim.seq} stands here again`];
      return ['insertion', `a line stands before record ${expected} that is no part of the chain`];
    }
    if (claim === undefined) return ['edit', 'the line is no record'];
    if (this.#movedTo !== undefined && claim.seq !== expected) {
      const { file, line } = this.#movedTo;
      return ['swap', `record ${claim.seq} stands in the place of record ${expected}, which is at ${file}:${line}`];
    }
    if (this.#head.startsWith(claim.previous)) return ['edit', 'the record does not match its hash'];
    if (claim.seq > expected) {
      return ['deletion', `records ${expected} to ${claim.seq - 1} are missing before record ${claim.seq}`];
    }
    if (claim.seq === expected) {
      return ['edit', 'the record follows another hash: the record before it was changed and hashed anew'];
    }
    if (claim.hash !== this.#head && claim.seq === expected - 1 && this.#headBefore.startsWith(claim.previous)) {
      return ['insertion', `the record before this line was put in before record ${claim.seq}`, this.#place.line - 1];
    }
    return ['duplicate', `record ${claim.seq} stands here again`];
  }
}

function claimOf(line: Buffer): Claim | undefined {
  const decoded = decodeLine(line);
  const head = new RecordHead();
  if (decoded === undefined || !head.read(line, bodyAt)) return undefined;
  return { previous: decoded.previous, hash: decoded.hash, seq: head.seq };
}
