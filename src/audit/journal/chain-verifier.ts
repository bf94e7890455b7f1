import { ChainFork, type TakeOver } from './chain-fork';
import { ChainBreak, type LinePlace } from './chain-break';
import { ChainSignatures, type Finding } from './chain-signatures';
import { ChainTally } from './chain-tally';
import type { DroppedSegments, UnprovenStart } from './dropped-segments';
import { HashChain } from './hash-chain';
import { bodyAt, decodeLine, type JournalRecord, type RecoveryRecord, type RetainRecord } from './journal-record';
import { readOpening } from './segment-opening';
import { RecordHead } from './record-head';
import type { VerifyingKey } from './verifying-key';
import { AnchorCursor, type WriterAnchors } from './trail-anchors';
import type { Segment, WriterDirectory } from './trail-layout';
import { Unwitnessed } from './unwitnessed';
import { isMissing, type FaultClass, type TrailFault, type WriterReport } from './trail-report';

/** What a chain is held against. */
export interface ChainEvidence {
  readonly keys: readonly VerifyingKey[];
  readonly anchors: WriterAnchors;
  /** Whether anything was given that can vouch for records: trusted keys, or anchors of whatever writer. */
  readonly isHeld: boolean;
  /** Told of what the chain says was dropped. */
  readonly dropped: DroppedSegments;
}

/**
 * Verifies the chain of one writer, fed with its lines segment by segment. What it keeps does not grow with the chain.
 * Behind the first tampering, lines are read only to find out what was done.
 */
export class ChainVerifier {
  readonly #directory: WriterDirectory;
  readonly #chain = new HashChain();
  readonly #head = new RecordHead();
  readonly #tally = new ChainTally();
  readonly #signatures: ChainSignatures;
  readonly #anchors: AnchorCursor;
  readonly #evidence: ChainEvidence;
  readonly #unwitnessed = new Unwitnessed();
  readonly #retained: Pick<RetainRecord, 'seq' | 'dropped'>[] = [];
  #takeOver: TakeOver | undefined;
  #fork: ChainFork | undefined;
  #segment: Segment;
  #line = 0;
  #seq = 0;
  #voidFrom = Number.POSITIVE_INFINITY;
  #unfinishedBytes = 0;
  /** Whether the last record so far is a seal, and one that ends the chain. */
  #isSealed = false;
  #isEnded = false;
  /** Set where segments are missing before the next line, so that it cannot follow. */
  #restarts = false;
  #break: ChainBreak | undefined;
  #fault: TrailFault | undefined;
  /** Set where the first segments are gone: a `retain` record may explain it, anywhere in the trail. */
  unprovenStart: UnprovenStart | undefined;

  constructor(directory: WriterDirectory, evidence: ChainEvidence) {
    this.#directory = directory;
    this.#evidence = evidence;
    this.#segment = { number: 0, file: directory.path };
    this.#signatures = new ChainSignatures(directory.writer, evidence.keys);
    this.#anchors = new AnchorCursor(evidence.anchors);
  }

  get records(): number {
    return this.#tally.records;
  }

  /** `voidFrom` is the line from which on the segment was given up, as the next one tells. */
  beginSegment(segment: Segment, voidFrom = Number.POSITIVE_INFINITY): void {
    const { number: before } = this.#segment;
    this.#settleUnfinished();
    this.#segment = segment;
    this.#line = 0;
    this.#voidFrom = voidFrom;
    this.#tally.segments += 1;
    if (segment.number === before) this.#fail('duplicate', `segment ${before} is there twice`);
    if (segment.number <= before + 1) return;
    this.#restarts = true;
    if (before > 0) this.#fail('missing-segment', `segments are missing between ${before} and ${segment.number}`);
  }

  /** Whole lines of the segment; the buffer comes back as it was given. */
  lines(block: Buffer): void {
    let start = 0;
    while (start < block.length) {
      const end = block.indexOf(0x0a, start);
      this.#line += 1;
      if (this.#line >= this.#voidFrom) return;
      if (this.#break !== undefined) this.#break.next(block, start, end, this.#place());
      else if (this.#fault === undefined || isMissing(this.#fault)) this.#take(block, start, end);
      start = end + 1;
    }
  }

  /** What stands behind the last line feed of the segment. */
  unfinished(rest: Buffer): void {
    if (this.#voidFrom === Number.POSITIVE_INFINITY) this.#unfinishedBytes = rest.length;
  }

  end(): WriterReport {
    const { writer, isClosed } = this.#directory;
    if (isClosed) this.#settleUnfinished();
    if (this.#break !== undefined) this.#fault = this.#break.explain();
    this.#checkEnd();
    this.#settleWitness();
    this.#settleDropped();
    const { segments, records, events, firstSeq, lost, clockSteps, from } = this.#tally;
    const tally = { segments, records, events, firstSeq, lastSeq: this.#seq, lost, clockSteps };
    return {
      writer,
      state: isClosed ? 'closed' : 'open',
      ...tally,
      from,
      to: records === 0 ? undefined : this.#tally.to,
      anchoredThrough: this.#anchors.through,
      anchoredAt: this.#anchors.at,
      signedThrough: this.#signatures.signedThrough,
      unwitnessed: this.#unwitnessed.count,
      unwitnessedFrom: this.#unwitnessed.from,
      splitAt: this.#fork?.from.seq,
      isComplete:
        this.#isEnded &&
        this.#anchors.through === this.#seq &&
        this.#fault === undefined &&
        this.#unwitnessed.count === 0 &&
        this.#fork === undefined,
      unfinishedBytes: this.#unfinishedBytes,
      fault: this.#fault,
    };
  }

  #take(block: Buffer, start: number, end: number): void {
    if (this.#fork !== undefined) return this.#takeForked(this.#fork, block, start, end);
    const isRestart = this.#restarts;
    if (isRestart) this.#restart(block.subarray(start, end));
    if (!this.#chain.follow(block, start, end)) {
      if (this.#isForked(block, start, end)) return;
      this.#break = new ChainBreak(this.#chain, this.#seq + 1, block.subarray(start, end), this.#place());
      return;
    }
    if (!this.#head.read(block, start + bodyAt)) return this.#fail('edit', 'the line is no record');
    if (this.#head.seq !== this.#seq + 1) {
      return this.#fail('rehash', `record ${this.#head.seq} follows record ${this.#seq}`);
    }
    this.#seq = this.#head.seq;
    this.#tally.add(this.#head, block);
    if (this.#head.isEvent && this.#line > 1 && this.#seq < this.#anchors.nextSeq) this.#isSealed = false;
    else this.#takeControl(block.toString('utf8', start + bodyAt, end - 1), isRestart);
  }

  /** Whether another side of the chain begins here, behind its end. */
  #isForked(block: Buffer, start: number, end: number): boolean {
    if (!this.#isEnded || this.#takeOver === undefined) return false;
    const fork = new ChainFork(this.#directory.writer, this.#evidence.keys, this.#takeOver);
    const record = fork.take(block, start, end);
    if (record === undefined) return false;
    this.#fork = fork;
    this.#noteForked(fork, record);
    return true;
  }

  #takeForked(fork: ChainFork, block: Buffer, start: number, end: number): void {
    const record = fork.take(block, start, end);
    if (record !== undefined) this.#noteForked(fork, record);
    else this.#fail('edit', 'the record does not follow the one before, of a chain that has split', fork.seq + 1);
  }

  #noteForked(fork: ChainFork, record: JournalRecord): void {
    this.#tally.addForked(record.kind);
    const finding = fork.judge(record);
    if (finding !== undefined) this.#fail(...finding, record.seq);
    if (record.seq === this.#anchors.nextSeq && !this.#anchors.agrees(record)) {
      this.#fail('rehash', 'another record was anchored here', record.seq);
    }
  }

  /** Everything but plain events: what the chain itself depends on. */
  #takeControl(body: string, isRestart: boolean): void {
    const record = JSON.parse(body) as JournalRecord;
    this.#isSealed = record.kind === 'seal';
    this.#isEnded = record.kind === 'seal' && record.closed;
    const finding = this.#tryToJudge(record);
    if (finding !== undefined) return this.#fail(...finding);
    if (isRestart) this.#anchors.skipTo(this.#seq);
    if (this.#seq < this.#anchors.nextSeq) return;
    if (this.#anchors.agrees(record)) return;
    const { through } = this.#anchors;
    const since = through === 0 ? 'from the beginning' : `after record ${through}, which is anchored`;
    this.#fail('rehash', `another record was anchored here: the chain was written anew ${since}`);
  }

  /** Whoever can hash can write a record that lacks what its kind has. */
  #tryToJudge(record: JournalRecord): Finding | undefined {
    try {
      return this.#judge(record);
    } catch (error) {
      return ['edit', `the ${record.kind} record cannot be understood: ${(error as Error).message}`];
    }
  }

  #judge(record: JournalRecord): Finding | undefined {
    if ((this.#line === 1) !== (record.kind === 'open')) {
      const what = this.#line === 1 ? 'the segment does not begin with an open record' : 'a segment begins in this one';
      return ['edit', what];
    }
    if (record.kind === 'open') {
      const isHere = record.writer === this.#directory.writer && record.segment === this.#segment.number;
      if (isHere) return this.#signatures.open(record);
      return ['swap', `this is segment ${record.segment} of writer ${record.writer}`];
    }
    const missing = record.kind === 'gap' ? this.#tally.addGap(record) : undefined;
    if (missing !== undefined) this.#fail(...missing);
    if (record.kind === 'recovery') this.#noteTakeOver(record);
    if (record.kind === 'retain') {
      const finding = this.#signatures.check(record);
      if (finding === undefined) this.#retained.push({ seq: record.seq, dropped: [...record.dropped] });
      return finding;
    }
    if (record.kind !== 'seal' && record.kind !== 'checkpoint') return undefined;
    if (record.head === this.#chain.headBefore) return this.#signatures.check(record);
    return ['rehash', `the ${record.kind} names another record than the one before it`];
  }

  /** Whoever has ended the chain has only found what comes before: it is true as far as something else vouches for it. */
  #noteTakeOver({ seq, witnessedThrough }: RecoveryRecord): void {
    this.#takeOver = { seq: seq - 1, head: this.#chain.headBefore };
    const through = this.#evidence.isHeld ? this.#witnessedThrough : witnessedThrough;
    if (through !== undefined) this.#unwitnessed.add(through + 1, seq - 1);
  }

  get #witnessedThrough(): number {
    const signed = this.#evidence.keys.length > 0 ? this.#signatures.signedThrough : 0;
    return Math.max(signed, this.#anchors.through, this.#tally.firstSeq - 1);
  }

  /** What was dropped is believed only as far as something vouches for whoever says so. */
  #settleDropped(): void {
    const { isHeld, dropped } = this.#evidence;
    for (const record of this.#retained) {
      if (isHeld && record.seq > this.#witnessedThrough) continue;
      for (const one of record.dropped) dropped.add(one);
    }
  }

  #settleWitness(): void {
    const { keys } = this.#evidence;
    // Writers sign at once: what is still written and bears no signature may be anybody’s.
    const isNobodys = !this.#directory.isClosed && keys.length > 0 && this.#witnessedThrough < this.#tally.firstSeq;
    if (isNobodys && this.#tally.records > 0) this.#unwitnessed.add(this.#tally.firstSeq, this.#seq);
    const fork = this.#fork;
    if (fork === undefined) return;
    const vouched = keys.length > 0 ? fork.signedThrough : fork.from.seq;
    this.#unwitnessed.addAside(vouched + 1, fork.seq);
  }

  /** Goes on from the hash that the first record of a segment names, because those before it are gone. */
  #restart(line: Buffer): void {
    this.#restarts = false;
    const body = decodeLine(line)?.body;
    const record = body === undefined ? undefined : readOpening(body);
    if (record?.previous === undefined) return;
    const { writer } = this.#directory;
    const { file, number: segment } = this.#segment;
    const { head: previous } = record.previous;
    this.#chain.restartAt(previous);
    this.#seq = record.seq - 1;
    if (this.#tally.records === 0) this.unprovenStart = { writer, file, segment, seq: record.seq, previous };
  }

  /** Only the last line of a chain that is still written, or was left by a crash, may have no end. */
  #settleUnfinished(): void {
    if (this.#unfinishedBytes === 0) return;
    this.#line += 1;
    if (this.#break === undefined) this.#fail('cut-tail', 'the line has no end', this.#seq + 1);
    this.#unfinishedBytes = 0;
  }

  #checkEnd(): void {
    const isCut = this.#anchors.isBeyond(Math.max(this.#seq, this.#fork?.seq ?? 0));
    if (!isCut && (this.#isEnded || !this.#directory.isClosed)) return;
    const why = isCut ? 'records behind it are anchored' : 'the writer was closed in order';
    if (this.#isSealed && !this.#isEnded) this.#fail('missing-segment', `no segment follows this one, although ${why}`);
    else this.#fail('cut-tail', `no record follows this one, although ${why}`);
  }

  #place(): LinePlace {
    return { file: this.#segment.file, line: this.#line };
  }

  /** Keeps the first tampering; of what is missing, the first too, but tampering outweighs it. */
  #fail(kind: FaultClass, message: string, seq = this.#seq): void {
    const fault: TrailFault = { class: kind, ...this.#place(), seq, message };
    if (this.#fault === undefined || (isMissing(this.#fault) && !isMissing(fault))) this.#fault = fault;
  }
}
