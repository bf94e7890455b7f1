import { takeRandomBytes } from '../call/random-bytes';

const bytesAtOnce = 512;
let digits = '';
let used = 0;

/** As many random digits, cut off one long text: to make each id by itself would take five times as long (bench: traced). */
function randomDigits(length: number): string {
  if (used + length > digits.length) {
    const { pool, start } = takeRandomBytes(bytesAtOnce);
    digits = pool.toString('hex', start, start + bytesAtOnce);
    used = 0;
  }
  used += length;
  return digits.slice(used - length, used);
}

/** A new trace id: 16 random bytes in lower-case hexadecimal, as W3C Trace Context has them. */
export function generateTraceId(): string {
  return randomDigits(32);
}

/** A new span id: 8 random bytes in lower-case hexadecimal. */
export function generateSpanId(): string {
  return randomDigits(16);
}
