/** What kinds of tampering and loss verification tells apart. */
export type FaultClass =
  /** A record was changed. */
  | 'edit'
  /** Records are missing between two others. */
  | 'deletion'
  /** Records, segments or directories stand in the place of others. */
  | 'swap'
  /** A record or file stands there twice. */
  | 'duplicate'
  /** A record was put between two others. */
  | 'insertion'
  /** The end of a chain is missing. */
  | 'cut-tail'
  /** The hashes are right by themselves, but not those that were anchored. */
  | 'rehash'
  /** Signed by a key that is not trusted. */
  | 'foreign-key'
  /** Not signed, although a trusted key is given. */
  | 'unsigned'
  /** Not signed by the key that it names. */
  | 'forged-signature'
  /** An anchor is not signed by a trusted key. */
  | 'forged-anchor'
  /** A link, a pipe or the like has the name of a writer's directory or a segment. */
  | 'foreign-file'
  /** Whole segments are missing that no `retain` record tells of. */
  | 'missing-segment'
  /** Events were removed under their writer, which had acknowledged them: it tells how many. */
  | 'missing-events'
  /** An anchor knows a writer of which nothing is left. */
  | 'missing-writer';

/** The first bad record of a chain. */
export interface TrailFault {
  readonly class: FaultClass;
  readonly file: string;
  /** From 1; 0 where a whole file is meant. */
  readonly line: number;
  /** Of the record that should stand there; 0 where none is known. */
  readonly seq: number;
  readonly message: string;
}

/** What was found of one writer. */
export interface WriterReport {
  readonly writer: string;
  /** `closed` in order, or `open`: still written, or left behind by a crash and not adopted yet. */
  readonly state: 'closed' | 'open';
  /** How many records were verified, and how many of them are audit events. */
  readonly records: number;
  readonly events: number;
  readonly segments: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** When the first and the last record were made, in ISO 8601. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** The last record that an anchor or, below it, a signature by a known key vouches for; 0 without one. */
  readonly anchoredThrough: number;
  readonly signedThrough: number;
  /** When the last anchored record was made. */
  readonly anchoredAt: string | undefined;
  /**
   * Records that no trusted signature and no anchor vouches for, although the chain was ended by another process: those
   * that a writer that was killed had written since its last checkpoint, or what somebody has put in their place. Without
   * keys and anchors, as far as the adopter tells.
   */
  readonly unwitnessed: number;
  /** The first of them. */
  readonly unwitnessedFrom: number | undefined;
  /** The record after which the writer and its adopter have both gone on: it was stopped, and taken for dead. */
  readonly splitAt: number | undefined;
  /** Whether the chain has ended and its very last record is anchored: nothing can be missing. */
  readonly isComplete: boolean;
  /** Bytes of a last line without an end: what is being written, or what a crash has left. */
  readonly unfinishedBytes: number;
  /** Events that the writer itself tells were lost. */
  readonly lost: number;
  /** How often the clock went back by more than a second. */
  readonly clockSteps: number;
  readonly fault: TrailFault | undefined;
}

/** What verification says of a whole trail. */
export type TrailVerdict = 'sound' | 'tampered' | 'unanchored' | 'missing' | 'unwitnessed';

/** A directory that was set aside, because no trusted key has signed what it holds: no part of the trail. */
export interface QuarantinedWriter {
  readonly writer: string;
  readonly path: string;
  /** How many lines it has that are records, whoever has made them. */
  readonly records: number;
}

/** The result of {@link verifyTrail}. */
export interface TrailReport {
  /**
   * `sound`: whole to the last record, as anchors prove. `unanchored`: nothing wrong, but nothing proves that the end is
   * all there. `unwitnessed`: nothing contradicts the trail, but it holds records that nobody vouches for, or directories
   * were set aside. `missing`: whole segments or writers are gone, or events that were removed under their writer.
   * `tampered`: see `firstBad`.
   */
  readonly verdict: TrailVerdict;
  readonly records: number;
  readonly writers: readonly WriterReport[];
  /** The gravest fault: the first tampering, else what is missing. */
  readonly firstBad?: TrailFault;
  readonly faults: readonly TrailFault[];
  /** Of all writers together. */
  readonly unwitnessed: number;
  readonly quarantined: readonly QuarantinedWriter[];
  /** Up to when everything that was written, by any writer, is anchored; in ISO 8601. */
  readonly anchoredThrough?: string;
}

const missing: ReadonlySet<FaultClass> = new Set(['missing-segment', 'missing-events', 'missing-writer']);

/** Whether a fault is a loss that the trail itself or an anchor tells of, and no tampering inside of what is left. */
export function isMissing(fault: TrailFault): boolean {
  return missing.has(fault.class);
}

export function makeReport(
  writers: readonly WriterReport[],
  others: readonly TrailFault[],
  quarantined: readonly QuarantinedWriter[],
): TrailReport {
  const faults = [...writers.flatMap(({ fault }) => fault ?? []), ...others];
  const firstBad = faults.find((fault) => !isMissing(fault)) ?? faults[0];
  const anchoredThrough = anchoredTime(writers);
  return {
    verdict: verdictOf(writers, firstBad, quarantined),
    records: writers.reduce((sum, { records }) => sum + records, 0),
    writers,
    ...(firstBad === undefined ? {} : { firstBad }),
    faults,
    unwitnessed: writers.reduce((sum, { unwitnessed }) => sum + unwitnessed, 0),
    quarantined,
    ...(anchoredThrough === undefined ? {} : { anchoredThrough }),
  };
}

function verdictOf(
  writers: readonly WriterReport[],
  firstBad: TrailFault | undefined,
  quarantined: readonly QuarantinedWriter[],
): TrailVerdict {
  if (firstBad !== undefined) return isMissing(firstBad) ? 'missing' : 'tampered';
  const isUnwitnessed = ({ unwitnessed, splitAt }: WriterReport): boolean => unwitnessed > 0 || splitAt !== undefined;
  if (quarantined.length > 0 || writers.some(isUnwitnessed)) return 'unwitnessed';
  return writers.length > 0 && writers.every(({ isComplete }) => isComplete) ? 'sound' : 'unanchored';
}

function anchoredTime(writers: readonly WriterReport[]): string | undefined {
  const partial = writers.filter(({ isComplete }) => !isComplete);
  if (partial.some(({ anchoredAt }) => anchoredAt === undefined)) return undefined;
  const times = (partial.length > 0 ? partial : writers).flatMap(({ anchoredAt }) => anchoredAt ?? []).sort();
  return partial.length > 0 ? times[0] : times.at(-1);
}
