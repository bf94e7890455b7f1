import { NameTrait, isMarkedBy, type SecretNames } from '../secret-names';
import type { SecretRules } from '../secret-rules';
import { isBlank } from './characters';
import { isHarmlessPlace } from './harmless-places';
import { startOfValue, valueAt } from './value-span';

const flag = /(?<![\w-])--?([a-z][\w-]{0,99})\s+(?!-)/gi;
/** What may stand between a name and its separator, and is not part of it. */
const closing = new Set('"\'`\\[])?');
/** Names that say little without the word before them: `api key`, `security code`. */
const lastOfPhrase = /^(?:keys?|numbers?|strings?|codes?|no|id)$/i;
/** Names whose value is the rest of the line. */
const wholeLine = /(?:cookie2?|authorization|passphrase)$/i;
/** In the query of a URL these are credentials; elsewhere they are the key of an item, or what a function takes. */
const secretInQuery = /^(?:key|signature|hmac)$/i;
const namesName = /^(?:name|key|header|field)$/i;
const namesValue = /^(?:value|val)$/i;

const maxNameLength = 100;
/** How far behind `name="password"` its `value="…"` may be. */
const maxDistance = 200;

/** A name in front of a separator. */
interface FoundName {
  readonly name: string;
  readonly start: number;
  /** The name with the word before it, which may be empty. */
  readonly phrase: string;
}

/**
 * A text without the values of secret names: `password=…`, `"password": "…"`, `user[password]=…`, `password => {…}`,
 * `name="password" value="…"`. Each value is read once, from its start to its end, and each name belongs to the separator
 * behind it, so that the time is that of the text's length.
 */
export function redactPairs(text: string, rules: SecretRules): string {
  const { names } = rules;
  const scan = new Scan(text, rules.replacement);
  let floor = 0;
  let namedAt = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < text.length; at += 1) {
    const length = separatorLength(text, at);
    if (length === 0) continue;
    const after = at + length;
    const found = nameBefore(text, Math.max(floor, scan.written), at);
    floor = after;
    at = after - 1;
    if (found === undefined) continue;
    const { name, start } = found;
    const isNamed = after - namedAt < maxDistance && namesValue.test(name);
    const isQueried = secretInQuery.test(name) && /[?&]/.test(text[start - 1] ?? '');
    const traits = isNamed || isQueried ? NameTrait.secret : traitsIn(text, found, names);
    if ((traits & NameTrait.secret) !== 0) {
      if (isHarmlessPlace({ text, name, start, separator: after - length, after, traits }, names)) continue;
      scan.replaceValue(after, wholeLine.test(name));
      at = Math.max(at, scan.written - 1);
    } else if (namesName.test(name) && names.has(shortValue(text, after))) namedAt = after;
  }
  return scan.end();
}

/** The same for the flags of a command line. */
export function redactFlags(text: string, { names, replacement }: SecretRules): string {
  const scan = new Scan(text, replacement);
  flag.lastIndex = 0;
  for (let match = flag.exec(text); match !== null; match = flag.exec(text)) {
    const name = match[1] as string;
    const traits = names.traits(name);
    const after = flag.lastIndex;
    if ((traits & NameTrait.secret) === 0) continue;
    if (isHarmlessPlace({ text, name, start: match.index, separator: after, after, traits }, names)) continue;
    scan.replaceValue(after, false);
    flag.lastIndex = Math.max(after, scan.written);
  }
  return scan.end();
}

/** Writes a text anew. */
class Scan {
  /** How much of the text is in the output, replaced or not. */
  written = 0;
  readonly #text: string;
  readonly #replacement: string;
  #output = '';

  constructor(text: string, replacement: string) {
    this.#text = text;
    this.#replacement = replacement;
  }

  replaceValue(after: number, isWholeLine: boolean): void {
    const { start, end } = valueAt(this.#text, startOfValue(this.#text, after), isWholeLine);
    const isRedacted = this.#text.startsWith(this.#replacement, start) && end <= start + this.#replacement.length;
    this.#output += this.#text.slice(this.written, start);
    this.#output += start === end || isRedacted ? this.#text.slice(start, end) : this.#replacement;
    this.written = end;
  }

  end(): string {
    return this.written === 0 ? this.#text : this.#output + this.#text.slice(this.written);
  }
}

/** Of `=`, `:` and their percent-encoded forms, which may be encoded once more; 0 where there is none. */
function separatorLength(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === 61 || code === 58) return 1;
  if (code !== 37) return 0;
  let end = at + 1;
  while (end < at + 7 && text.charCodeAt(end) === 50 && text.charCodeAt(end + 1) === 53) end += 2;
  const last = text.charCodeAt(end + 1) | 32;
  return text.charCodeAt(end) === 51 && (last === 97 || last === 100) ? end + 2 - at : 0;
}

function nameBefore(text: string, floor: number, separator: number): FoundName | undefined {
  let end = separator;
  while (end > floor && (isBlank(text.charCodeAt(end - 1)) || closing.has(text[end - 1] as string))) end -= 1;
  const start = startOfWord(text, floor, end);
  if (start === end) return undefined;
  const name = text.slice(start, end);
  if (text[start - 1] !== ' ') return { name, start, phrase: '' };
  return { name, start, phrase: text.slice(startOfWord(text, floor, start - 1), end) };
}

function traitsIn(text: string, { name, start, phrase }: FoundName, names: SecretNames): number {
  const traits = names.traits(name);
  if ((traits & NameTrait.secret) !== 0) {
    return phrase !== '' && isMarkedBy(phrase.slice(0, -name.length - 1), name) ? 0 : traits;
  }
  if (phrase === '') return traits;
  if (lastOfPhrase.test(name)) return names.traits(phrase);
  const subject = subjectBefore(text, start);
  return subject === '' ? traits : names.traits(subject);
}

/** `Password for user ada: …`, in which the name stands words before the separator. */
const maxWordsBetween = 2;
const maxSubjectDistance = 140;

function subjectBefore(text: string, start: number): string {
  const floor = Math.max(0, start - maxSubjectDistance);
  let end = start - 1;
  for (let words = 0; words <= maxWordsBetween; words += 1) {
    const begin = startOfWord(text, floor, end);
    const word = text.slice(begin, end);
    if (word === '' || text[begin - 1] !== ' ') return '';
    if (/^(?:for|of)$/i.test(word)) return text.slice(startOfWord(text, floor, begin - 1), begin - 1);
    end = begin - 1;
  }
  return '';
}

/** Of a name: letters, digits and what is usual between them, or anything beyond ASCII. */
const inName = new Uint8Array(128);
for (let code = 0; code < 128; code += 1) if (/[\w.$%-]/.test(String.fromCharCode(code))) inName[code] = 1;

function startOfWord(text: string, floor: number, end: number): number {
  let start = end;
  while (start > floor && end - start < maxNameLength) {
    const code = text.charCodeAt(start - 1);
    if (code < 128 && inName[code] === 0) break;
    start -= 1;
  }
  return start;
}

function shortValue(text: string, after: number): string {
  const near = text.slice(after, after + maxNameLength);
  const { start, end } = valueAt(near, startOfValue(near, 0), false);
  return near.slice(start, end);
}
