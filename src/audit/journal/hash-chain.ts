import { hash } from 'node:crypto';
import { bodyAt, chainStart, encodeRecord } from './journal-record';

const hashLength = 32;
/** What comes before `h` in a line, and what of it is the hash before. */
const hashAt = '{"p":"0123456789abcdef","h":"'.length;
const previousAt = '{"p":"'.length;
const beforeBody = Buffer.from('","b":');
const prefix = Buffer.from('trefoil/1\0');
const preimageLength = prefix.length + hashLength;

const digits = Buffer.from('0123456789abcdef');
/** The value of each lower-case hex digit; 255 for every other byte. */
const digitValues = new Uint8Array(256).fill(255);
for (const [value, digit] of digits.entries()) digitValues[digit] = value;

/**
 * Follows the hashes of one chain over the bytes of its lines, without decoding them. The preimage is put together in the
 * block itself, over the end of the line's own hash, and what was there is put back: one call into the library per record
 * and no copy, which `bench/verify-trail.ts` measures.
 */
export class HashChain {
  /** What is hashed before the next body, and what was before the last one: the two take turns. */
  #preimage = Buffer.concat([prefix, chainStart]);
  #preimageBefore = Buffer.concat([prefix, chainStart]);
  readonly #overwritten = Buffer.alloc(preimageLength);
  readonly #claimed = Buffer.alloc(hashLength);
  /** How the next line has to begin. */
  readonly #start: Buffer = encodeRecord(chainStart, '{}').line.subarray(0, hashAt);

  /** The hash of the last record, in hex. */
  get head(): string {
    return this.#preimage.toString('hex', prefix.length);
  }

  /** The hash that the last record followed. */
  get headBefore(): string {
    return this.#preimageBefore.toString('hex', prefix.length);
  }

  /** Goes on after a hash that something else vouches for. */
  restartAt(head: string): void {
    this.#claimed.write(head, 'hex');
    this.#advance();
  }

  /** Whether the line in `block`, whose line feed is at `end`, follows the last one; if so, it is the last one now. */
  follow(block: Buffer, start: number, end: number): boolean {
    const body = start + bodyAt;
    if (end - 1 <= body || block[end - 1] !== 0x7d) return false;
    for (let index = 0; index < hashAt; index += 1) if (block[start + index] !== this.#start[index]) return false;
    if (!this.#readClaim(block, start + hashAt)) return false;
    for (let index = 0; index < beforeBody.length; index += 1) {
      if (block[body - beforeBody.length + index] !== beforeBody[index]) return false;
    }
    if (!this.#isHashOf(block, body, end - 1)) return false;
    this.#advance();
    return true;
  }

  #readClaim(block: Buffer, at: number): boolean {
    for (let index = 0; index < hashLength; index += 1) {
      const high = digitValues[block[at + 2 * index] as number] as number;
      const low = digitValues[block[at + 2 * index + 1] as number] as number;
      if ((high | low) > 15) return false;
      this.#claimed[index] = (high << 4) | low;
    }
    return true;
  }

  #isHashOf(block: Buffer, body: number, end: number): boolean {
    const from = body - preimageLength;
    for (let index = 0; index < preimageLength; index += 1) {
      this.#overwritten[index] = block[from + index] as number;
      block[from + index] = this.#preimage[index] as number;
    }
    const digest = hash('sha256', block.subarray(from, end), 'binary');
    for (let index = 0; index < preimageLength; index += 1) block[from + index] = this.#overwritten[index] as number;
    for (let index = 0; index < hashLength; index += 1) {
      if (digest.charCodeAt(index) !== this.#claimed[index]) return false;
    }
    return true;
  }

  #advance(): void {
    const next = this.#preimageBefore;
    this.#preimageBefore = this.#preimage;
    this.#preimage = next;
    for (let index = 0; index < hashLength; index += 1) {
      const byte = this.#claimed[index] as number;
      next[prefix.length + index] = byte;
      if (index >= 8) continue;
      this.#start[previousAt + 2 * index] = digits[byte >> 4] as number;
      this.#start[previousAt + 2 * index + 1] = digits[byte & 15] as number;
    }
  }
}
