import { endOfValue } from './secret-value';
import type { SecretRules } from './secret-patterns';

/** Between a name and its value; percent signs may be encoded once more. */
const separator = /[=:]|%(?:25){0,3}3[ad]/gi;
const flag = /(?<![\w-])--?([a-z][\w-]{0,99})\s+(?!-)/gi;
/** What may stand between a name and its separator, and is not part of it. */
const closing = /[\s"'`\\[\])?]/;
const inName = /[\w.$%\-\u0080-\uffff]/;
const lastOfPhrase = /^(?:key|number|string)s?$/i;
/** Names whose value is the rest of the line. */
const wholeLine = /(?:cookie2?|authorization|passphrase)$/i;
/** In the query of a URL these are credentials; elsewhere they are the key of an item, or what a function takes. */
const secretInQuery = /^(?:key|signature|hmac)$/i;
/** `Password for user ada: …`, in which the name stands words before the separator. */
const namedBefore = /([\w-]{1,40})\s{1,4}(?:for|of)\s{1,4}(?:\S{1,40}\s{1,4}){0,2}$/i;
const namesName = /^(?:name|key|header|field)$/i;
const namesValue = /^(?:value|val)$/i;

const maxNameLength = 100;
/** How far behind `name="password"` its `value="…"` may be. */
const maxDistance = 200;

/**
 * A text without the values of secret names: `password=…`, `"password": "…"`, `user[password]=…`, `password => {…}`,
 * `--password …`, `name="password" value="…"`. Each value is read once, from its start to its end.
 */
export function redactPairs(text: string, rules: SecretRules): string {
  const { names, replacement } = rules;
  const scan = new Scan(text, replacement);
  let namedAt = Number.NEGATIVE_INFINITY;
  for (let match = next(separator, text, 0); match !== null; match = next(separator, text, scan.position)) {
    const after = match.index + match[0].length;
    const [name, phrase, start] = namesBefore(text, scan.written, match.index);
    scan.position = after;
    if (name === '') continue;
    const isNamed = match.index - namedAt < maxDistance && namesValue.test(name);
    const isQueried = secretInQuery.test(name) && /[?&]/.test(text[start - 1] ?? '');
    const before = isNamed || isQueried ? undefined : nameBefore(text, scan.written, start);
    if ([name, phrase, before].some((each) => each !== undefined && names.has(each)) || isNamed || isQueried)
      scan.replaceValue(after, wholeLine.test(name));
    else if (namesName.test(name) && names.has(valueAt(text, after))) namedAt = after;
  }
  return scan.end();
}

/** The same for the flags of a command line. */
export function redactFlags(text: string, { names, replacement }: SecretRules): string {
  const scan = new Scan(text, replacement);
  for (let match = next(flag, text, 0); match !== null; match = next(flag, text, scan.position)) {
    scan.position = match.index + match[0].length;
    if (names.has(match[1] as string)) scan.replaceValue(scan.position, false);
  }
  return scan.end();
}

/** Walks over a text once and writes it anew. */
class Scan {
  /** Where the search goes on. */
  position = 0;
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
    const { start, end } = endOfValue(this.#text, after, isWholeLine);
    this.position = Math.max(this.position, end);
    const isRedacted = this.#text.startsWith(this.#replacement, start) && end <= start + this.#replacement.length;
    if (start === end || isRedacted) return;
    this.#output += this.#text.slice(this.written, start) + this.#replacement;
    this.written = end;
  }

  end(): string {
    return this.#output + this.#text.slice(this.written);
  }
}

function next(pattern: RegExp, text: string, from: number): RegExpExecArray | null {
  pattern.lastIndex = from;
  return pattern.exec(text);
}

/** The name in front of a separator, and with the word before it where it says little by itself (`api key`). */
function namesBefore(
  text: string,
  floor: number,
  separatorAt: number,
): [name: string, phrase: string | undefined, start: number] {
  let end = separatorAt;
  while (end > floor && closing.test(text[end - 1] as string)) end -= 1;
  const start = startOfWord(text, floor, end);
  const name = text.slice(start, end);
  if (name.includes('%')) return [name.replace(/%[0-9a-f]{2}/gi, ' '), undefined, start];
  if (text[start - 1] !== ' ' || !lastOfPhrase.test(name)) return [name, undefined, start];
  return [name, text.slice(startOfWord(text, floor, start - 1), end), start];
}

/** How far before a name the words may stand that say what it is the name of. */
const maxPhraseLength = 140;

function nameBefore(text: string, floor: number, start: number): string | undefined {
  if (text[start - 1] !== ' ') return undefined;
  const before = text.slice(Math.max(floor, start - maxPhraseLength), start);
  return /\s(?:for|of)\s/i.test(before) ? namedBefore.exec(before)?.[1] : undefined;
}

function startOfWord(text: string, floor: number, end: number): number {
  let start = end;
  while (start > floor && end - start < maxNameLength && inName.test(text[start - 1] as string)) start -= 1;
  return start;
}

function valueAt(text: string, after: number): string {
  const near = text.slice(after, after + maxNameLength);
  const { start, end } = endOfValue(near, 0, false);
  return near.slice(start, end);
}
