import { minTokenLength, tokenBeginning } from './known-tokens';

const plain = 0;
const suspect = 1;
const letter = 2;
const digit = 3;
const hyphen = 4;
const dot = 5;
const blank = 6;
const other = 7;

/** Fewer digits make no number of a card. */
const minDigits = 13;

const kinds = new Uint8Array(128);
for (let code = 0; code < 128; code += 1) {
  const character = String.fromCharCode(code);
  if ('=:@<%['.includes(character)) kinds[code] = suspect;
  else if (/[0-9]/.test(character)) kinds[code] = digit;
  else if (/[BEIbei&"'`]/.test(character)) kinds[code] = other;
  else if (/\w/.test(character)) kinds[code] = letter;
  else if (character === '-') kinds[code] = hyphen;
  else if (character === '.') kinds[code] = dot;
  else if (character === ' ') kinds[code] = blank;
}

/**
 * Whether a text has to be searched for secrets; most need not. One that has no separator, no character beyond ASCII and
 * none of the words and forms that are known has no secret that could be told.
 */
export function isSuspicious(text: string): boolean {
  let run = 0;
  let digits = 0;
  let hasLongRun = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const kind = code < 128 ? (kinds[code] as number) : suspect;
    if (kind === suspect) return true;
    if (kind === other && (code > 40 || code === 38 || text.charCodeAt(at - 1) === 32) && isTold(text, at, code))
      return true;
    if (kind === hyphen && isFlag(text, at)) return true;
    if (kind === digit) digits += 1;
    else if (kind !== blank && kind !== hyphen) digits = 0;
    if (digits >= minDigits) return true;
    if (kind === plain || kind === blank || (kind === other && code < 65)) run = 0;
    else {
      run += 1;
      if (run === minTokenLength) hasLongRun = true;
    }
  }
  return hasLongRun && tokenBeginning(text) !== -1;
}

function isFlag(text: string, at: number): boolean {
  return text[at + 1] === '-' || (text[at - 1] === ' ' && /[a-z]/i.test(text[at + 1] ?? ''));
}

/** The beginning of a scheme, of a token, of an escaped tag, of `IDENTIFIED BY`, or a quote behind `password`. */
function isTold(text: string, at: number, code: number): boolean {
  const next = text.charCodeAt(at + 1) | 32;
  switch (code | 32) {
    case 98: // b
      if (next === 101) return text.slice(at, at + 6).toLowerCase() === 'bearer';
      return next === 97 && text.slice(at, at + 5).toLowerCase() === 'basic';
    case 101: // e
      return code === 101 && next === 121 && text[at + 2] === 'J';
    case 105: // i
      return next === 100 && text.slice(at, at + 10).toLowerCase() === 'identified';
    case 38: // &
      return text.startsWith('&lt;', at);
    default:
      return /(?:passw(?:or)?d|phrase|code|pwd)\s$/i.test(text.slice(Math.max(0, at - 12), at));
  }
}
