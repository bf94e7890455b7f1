import type { CopyBudget } from './copy-budget';
import { wordsOf } from './name-words';
import {
  asking,
  cardChecks,
  cardCodes,
  defaultSecretNames,
  fillers,
  harmlessEndings,
  harmlessPairs,
  harmlessTails,
  namedById,
  nameFields,
  sessionIdOwners,
  tokenCounts,
  tokenMarks,
  valueFields,
  weakNames,
} from './secret-words';
import { isSuspicious } from './text/suspicion';

/** What a name tells about the value under it, as bits. */
export const NameTrait = {
  secret: 1,
  /** Named by the user: everything under it goes. */
  custom: 2,
  /** Several of them: a number is how many. */
  plural: 4,
  /** It may mean something else. */
  weak: 8,
  /** Its value is the name of another field, or that field's value. */
  namesField: 16,
  holdsValue: 32,
  /** The name itself has to be searched for no secret. */
  plainText: 64,
} as const;

/** Longer names are looked at anew each time. */
const maxCachedLength = 100;
const maxCachedNames = 10_000;
const maxWordsInSecret = 4;
const tailLength = 3;
const unitsPerCharacter = 8;

/** Where secret words stand in a name, from the first to before the last. */
interface SecretRun {
  readonly start: number;
  readonly end: number;
  /** The last of them, in the singular. */
  readonly name: string;
  readonly isPlural: boolean;
}

/**
 * Which names stand for secrets. A name does where some of its neighbouring words, joined, are a secret name or its
 * plural (`pass_word`, `userPassword1`, `AWS_SECRET_ACCESS_KEY`), unless the words around say that it tells about the
 * secret (`tokenCount`, `hasPassword`, `nextPageToken`). Words written without separators count where the secret name is
 * the end (`dbpassword`).
 */
export class SecretNames {
  readonly #custom: ReadonlySet<string>;
  readonly #customPhrase: number;
  /** What a secret name may begin with. */
  readonly #beginnings = new Set<string>();
  /** Names that are told from the end of a longer word, by their last letters; short ones end words of other meanings. */
  readonly #endings = new Map<string, string[]>();
  /** Verdicts by raw name; names come from code, so they are few, and the map is emptied when they are not. */
  readonly #verdicts = new Map<string, number>();

  constructor(custom: readonly string[] = []) {
    const phrases = custom.map((name) => wordsOf(name)).filter((phrase) => phrase.length > 0);
    this.#custom = new Set(phrases.map((phrase) => phrase.join('')));
    this.#customPhrase = Math.max(0, ...phrases.map((phrase) => phrase.join('').length)) + 1;
    for (const name of defaultSecretNames) {
      for (let length = 1; length <= name.length; length += 1) this.#beginnings.add(name.slice(0, length));
      if (name.length < 5 || name === 'session') continue;
      const tail = name.slice(-tailLength);
      this.#endings.set(tail, [...(this.#endings.get(tail) ?? []), name]);
    }
  }

  /** Whether values under this name are removed. */
  has(name: string): boolean {
    return (this.traits(name) & NameTrait.secret) !== 0;
  }

  /** All that a name tells, as bits of {@link NameTrait}. One that is not known yet costs more than one that is. */
  traits(name: string, budget?: CopyBudget): number {
    const known = name.length <= maxCachedLength ? this.#verdicts.get(name) : undefined;
    if (known !== undefined) return known;
    budget?.take(name.length * unitsPerCharacter);
    const words = wordsOf(name);
    const verdict = this.#judge(words) | roleOf(words);
    if (name.length > maxCachedLength) return verdict;
    const traits = isSuspicious(name) ? verdict : verdict | NameTrait.plainText;
    if (this.#verdicts.size >= maxCachedNames) this.#verdicts.clear();
    this.#verdicts.set(name, traits);
    return traits;
  }

  #judge(words: readonly string[]): number {
    if (this.#isCustom(words)) return NameTrait.secret | NameTrait.custom;
    let isTold = false;
    for (let at = 0; at < words.length; at += 1) {
      const run = this.#runAt(words, at);
      if (run === undefined) continue;
      isTold = true;
      at = run.end - 1;
      if (!isHarmless(words, run)) return traitsOf(run);
    }
    if (isTold || words.length < 2) return 0;
    // The case of `pAsSwOrD` says nothing about its words.
    const joined = words.join('');
    const name = this.#endOf(joined);
    return name === undefined || isMark(joined, name) ? 0 : NameTrait.secret;
  }

  #isCustom(words: readonly string[]): boolean {
    if (this.#custom.size === 0) return false;
    for (let first = 0; first < words.length; first += 1) {
      let joined = '';
      for (let last = first; last < words.length && joined.length <= this.#customPhrase; last += 1) {
        joined += words[last] ?? '';
        const isNamed = has(this.#custom, joined) || (first === last && this.#endsInCustom(joined));
        if (isNamed && !has(harmlessEndings, words[last + 1] ?? '') && !has(harmlessTails, words[last + 1] ?? ''))
          return true;
      }
    }
    return this.#endsInCustom(words.join(''));
  }

  #endsInCustom(word: string): boolean {
    for (const name of this.#custom) {
      if (name.length >= 5 && (word.endsWith(name) || word.endsWith(`${name}s`))) return true;
    }
    return false;
  }

  /** The longest run of secret words that begins here. */
  #runAt(words: readonly string[], start: number): SecretRun | undefined {
    let found = this.#matchAt(words, start);
    while (found !== undefined) {
      const next = this.#matchAt(words, found.end);
      if (next === undefined) return found;
      found = { ...next, start };
    }
    return undefined;
  }

  #matchAt(words: readonly string[], start: number): SecretRun | undefined {
    let found: SecretRun | undefined;
    let joined = '';
    for (let end = start; end < words.length && end < start + maxWordsInSecret; end += 1) {
      joined += words[end] ?? '';
      const isPlural = joined.endsWith('s') && defaultSecretNames.has(joined.slice(0, -1));
      if (isPlural || defaultSecretNames.has(joined)) {
        found = { start, end: end + 1, name: isPlural ? joined.slice(0, -1) : joined, isPlural };
      } else if (!this.#beginnings.has(joined)) break;
    }
    return found ?? this.#matchIn(words, start);
  }

  /** A secret word within a longer one: `passwort`, `dbpasswordhash`, `accesstokens`. */
  #matchIn(words: readonly string[], start: number): SecretRun | undefined {
    const word = words[start] ?? '';
    if (word.length < 6) return undefined;
    const name = this.#endOf(word);
    if (name !== undefined) {
      return isMark(word, name) ? undefined : { start, end: start + 1, name, isPlural: word.endsWith('s') };
    }
    const begun = word.indexOf('passw');
    if (begun === -1) return undefined;
    const rest = word.slice(begun).replace(/^passw(?:or)?d?s?/, '');
    if (has(harmlessEndings, rest) || has(harmlessTails, rest)) return undefined;
    return { start, end: start + 1, name: 'password', isPlural: false };
  }

  #endOf(word: string): string | undefined {
    return this.#endIn(word) ?? (word.endsWith('s') ? this.#endIn(word.slice(0, -1)) : undefined);
  }

  #endIn(word: string): string | undefined {
    return this.#endings.get(word.slice(-tailLength))?.find((name) => word.endsWith(name));
  }
}

function has(names: ReadonlySet<string>, word: string): boolean {
  return names.has(word) || (word.endsWith('s') && names.has(word.slice(0, -1)));
}

function roleOf(words: readonly string[]): number {
  if (words.length > 2) return 0;
  const joined = words.join('');
  return (nameFields.has(joined) ? NameTrait.namesField : 0) | (valueFields.has(joined) ? NameTrait.holdsValue : 0);
}

function traitsOf({ name, isPlural }: SecretRun): number {
  return NameTrait.secret | (isPlural ? NameTrait.plural : 0) | (weakNames.has(name) && !isPlural ? NameTrait.weak : 0);
}

/** Whether a word without separators is like `nextpagetoken` or `inputtokens`. */
function isMark(word: string, name: string): boolean {
  if (name !== 'token') return false;
  const isPlural = word.endsWith('s');
  const before = word.slice(0, word.length - name.length - (isPlural ? 1 : 0));
  return tokenMarks.has(before) || (isPlural && tokenCounts.has(before));
}

/** Whether the words around secret ones say that the value is none. */
function isHarmless(words: readonly string[], run: SecretRun): boolean {
  const { start, end, name } = run;
  if (end < words.length && has(harmlessTails, lastWord(words))) return true;
  const before = words[start - 1] ?? '';
  if (asking.has(before)) return true;
  if (name === 'token' && isCountOrMark(words, run, before)) return true;
  if (name === 'sid' && (end < words.length || (before !== '' && !sessionIdOwners.has(before)))) return true;
  const next = words[end] ?? '';
  if (harmlessPairs.has(before + name) || harmlessPairs.has(name + next)) return true;
  if (harmlessPairs.has((words[start - 2] ?? '') + before + name)) return true;
  // When it was: a `lastPassword` itself is a secret.
  if (before === 'last' && fillers.has(next)) return true;
  return isAbout(words, run, next);
}

function isCountOrMark(words: readonly string[], { start, isPlural }: SecretRun, before: string): boolean {
  if (tokenMarks.has(before)) return true;
  return isPlural && (tokenCounts.has(before) || (words[start - 2] === 'max' && before === 'new'));
}

/** Whether what follows tells about the secret. */
function isAbout(words: readonly string[], { end, name }: SecretRun, next: string): boolean {
  if (next === 'id' && namedById.has(name)) return true;
  if (cardCodes.has(name) && cardChecks.has(next)) return true;
  // The last digits of a card are shown on every receipt; those of a social security number are half of it.
  if (next === 'last' && name === 'ssn') return false;
  let at = end;
  while (at < words.length && fillers.has(words[at] ?? '')) at += 1;
  const about = words[at] ?? '';
  return has(harmlessEndings, about) || has(harmlessTails, about);
}

function lastWord(words: readonly string[]): string {
  for (let at = words.length - 1; at > 0; at -= 1) {
    const word = words[at] ?? '';
    if (!/^\d/.test(word)) return word;
  }
  return words[0] ?? '';
}

/** Whether the word before makes a secret name something else: `next page token`, `boarding pass`. */
export function isMarkedBy(before: string, name: string): boolean {
  const [marker, word] = [before.toLowerCase(), name.toLowerCase()];
  if (word === 'token' || word === 'tokens') return tokenMarks.has(marker);
  return harmlessPairs.has(marker + word);
}
