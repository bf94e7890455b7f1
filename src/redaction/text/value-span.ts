import { isBlank } from './characters';

/** Where a value lies in a text; the quotes around it are not part of it. */
interface ValueSpan {
  readonly start: number;
  readonly end: number;
}

const opening = /(\\*)(["'`])/y;
const lineBreak = /\r\n?|\n/g;
/** A header's value goes on in a line that begins with blanks, unless that is something of its own. */
const foldedLine = /[ \t]+(?!["']?[\w-]+["']?\s?:|at )\S/y;
const authScheme = /^(?:apikey|basic|bearer|digest|hmac|key|negotiate|token|aws4-hmac-sha256)$/i;
/** What can end a bare value, where the text goes on as it would behind one. */
const delimiters = new Set(',;&|)]}"\'`');
const afterDelimiter = /^[\s,;:.&|)\]}>"'`\\]$/;
const nextName = /[\s"'\\]{0,8}[\w.$%[\]-]{1,64}["'\\]{0,4}\s?(?:[=:]|%3d)/iy;
const brackets: Readonly<Record<string, number>> = { '{': 1, '[': 1, '(': 1, '}': -1, ']': -1, ')': -1 };
const maxSchemeLength = 20;

/** Where the value behind a separator begins: behind what else belongs to the separator, and behind blanks. */
export function startOfValue(text: string, after: number): number {
  let start = after;
  for (; start < text.length; start += 1) {
    const code = text.charCodeAt(start);
    if (!isBlank(code) && code !== 58 && code !== 61 && code !== 62) break;
  }
  return start;
}

/** The value that begins here. What is not closed, as in a text that was cut, goes to the end: it fails closed. */
export function valueAt(text: string, start: number, isWholeLine: boolean): ValueSpan {
  opening.lastIndex = start;
  const quoted = opening.exec(text);
  if (quoted !== null) {
    const [mark, slashes = '', quote = ''] = quoted;
    const from = start + mark.length;
    return { start: from, end: endOfQuoted(text, from, slashes.length, quote) };
  }
  if (isWholeLine) return { start, end: endOfLines(text, start) };
  const isGroup = text[start] === '{' || text[start] === '[' || text[start] === '(';
  return { start, end: isGroup ? endOfBare(text, endOfGroup(text, start)) : endOfBare(text, start, true) };
}

/** The end of a line and of those that continue it. */
function endOfLines(text: string, start: number): number {
  lineBreak.lastIndex = start;
  for (let match = lineBreak.exec(text); match !== null; match = lineBreak.exec(text)) {
    foldedLine.lastIndex = lineBreak.lastIndex;
    if (!foldedLine.test(text)) return match.index;
  }
  return text.length;
}

/**
 * The quote that closes a value opened by one behind `depth` backslashes. JSON inside of JSON doubles the backslashes at
 * each level: of a run of them, whole pairs of this level are text, and fewer than `depth` close an outer level.
 */
function endOfQuoted(text: string, from: number, depth: number, quote: string): number {
  for (let at = text.indexOf(quote, from); at !== -1; at = text.indexOf(quote, at + 1)) {
    let slashes = 0;
    while (at - slashes > from && text[at - slashes - 1] === '\\') slashes += 1;
    const closes = slashes < depth || slashes % (2 * (depth + 1)) === depth;
    // SQL and CSV write a quote as two.
    if (closes && depth === 0 && at > from && text[at + 1] === quote) at += 1;
    else if (closes) return at - Math.min(slashes, depth);
  }
  return text.length;
}

/** An object or array, up to the bracket that closes it. */
function endOfGroup(text: string, start: number): number {
  let open = 0;
  let quote = '';
  for (let at = start; at < text.length; at += 1) {
    const character = text[at] as string;
    if (character === '\\') at += 1;
    else if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else {
      open += brackets[character] ?? 0;
      if (open === 0) return at + 1;
    }
  }
  return text.length;
}

/** Up to a blank, or to a delimiter that is not part of the value; the name of a scheme takes its value with it. */
function endOfBare(text: string, start: number, mayBeScheme = false): number {
  let at = start;
  for (; at < text.length; at += 1) {
    const character = text[at] as string;
    if (character === '<' || (character === '%' && text.startsWith('%26', at))) break;
    if (isBlank(character.charCodeAt(0))) {
      if (!mayBeScheme || at - start > maxSchemeLength || !authScheme.test(text.slice(start, at))) break;
      return endOfBare(text, startOfValue(text, at));
    }
    if (delimiters.has(character) && endsHere(text, at, character)) break;
  }
  while (at > start && text[at - 1] === '\\') at -= 1;
  return at;
}

function endsHere(text: string, at: number, character: string): boolean {
  const following = text[at + 1];
  if (following === undefined || afterDelimiter.test(following)) return true;
  if (!',;&|'.includes(character)) return false;
  nextName.lastIndex = at + 1;
  return nextName.test(text);
}
