const seqMark = Buffer.from('{"seq":');
const kindMark = Buffer.from(',"kind":"');
const atMark = Buffer.from('","at":"');
const timeLength = '2026-01-01T00:00:00.000Z'.length;

/**
 * The fields that every record begins with, read from the bytes of a body: millions of events are passed through
 * without being parsed.
 */
export class RecordHead {
  seq = 0;
  /** `event`, `intent` or `outcome`: what holds nothing that the chain itself depends on. */
  isEvent = false;
  /** Where the time stands in the block. */
  #at = 0;

  /** False where the bytes do not begin as a record does. */
  read(block: Buffer, body: number): boolean {
    if (!matches(block, body, seqMark)) return false;
    let at = body + seqMark.length;
    let seq = 0;
    for (; isDigit(block[at]); at += 1) seq = seq * 10 + (block[at] as number) - 0x30;
    if (!matches(block, at, kindMark)) return false;
    at += kindMark.length;
    const [first, second] = [block[at], block[at + 1]];
    // event, intent and outcome, beside erase and open.
    this.isEvent = first === 0x69 || (first === 0x65 && second === 0x76) || (first === 0x6f && second === 0x75);
    while (isLetter(block[at])) at += 1;
    if (!matches(block, at, atMark)) return false;
    this.seq = seq;
    this.#at = at + atMark.length;
    return true;
  }

  /** Whether the time of the record is earlier than another: as text, which sorts like the times do. */
  isBefore(block: Buffer, time: Buffer): boolean {
    for (let index = 0; index < timeLength; index += 1) {
      const order = (block[this.#at + index] as number) - (time[index] as number);
      if (order !== 0) return order < 0;
    }
    return false;
  }

  copyTime(block: Buffer, time: Buffer): void {
    for (let index = 0; index < timeLength; index += 1) time[index] = block[this.#at + index] as number;
  }

  /** The time of the record in milliseconds. */
  time(block: Buffer): number {
    return Date.parse(block.toString('latin1', this.#at, this.#at + timeLength));
  }
}

function matches(block: Buffer, at: number, mark: Buffer): boolean {
  for (let index = 0; index < mark.length; index += 1) if (block[at + index] !== mark[index]) return false;
  return true;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isLetter(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x61 && byte <= 0x7a;
}
