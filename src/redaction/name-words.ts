/** More of a name than anyone writes would be cut into words for nothing; of a longer one, both ends are read. */
const maxNameLength = 256;

const wordsInName = /\p{Lu}?\p{Ll}+|\p{Lu}+(?!\p{Ll})|[\p{Lo}\p{Lm}\p{Lt}\p{M}]+|\p{N}+/gu;
const beyondAscii = /[\u0080-\uffff]/;

/** Names that the rules for capitals cut in two: `OAuth`, `Auth0`. */
const broken: Readonly<Record<string, string>> = { 'o auth': 'oauth', 'auth 0': 'auth0' };

/**
 * The words of a name: `aws_secretKey2` gives `aws`, `secret`, `key`, `2`. Unicode NFKC and without invisible
 * characters, so that what looks the same is the same.
 */
export function wordsOf(name: string): readonly string[] {
  const read =
    name.length <= maxNameLength ? name : `${name.slice(0, maxNameLength / 2)} ${name.slice(-maxNameLength / 2)}`;
  const plain = read.includes('%') ? decoded(read) : read;
  const words = beyondAscii.test(plain) ? unicodeWords(plain) : asciiWords(plain);
  for (let index = words.length - 1; index > 0; index -= 1) {
    const whole = broken[`${words[index - 1] ?? ''} ${words[index] ?? ''}`];
    if (whole !== undefined) words.splice(index - 1, 2, whole);
  }
  return words;
}

/** Without percent-encoding, as in the names of a query: `user%5Bpassword%5D`. */
function decoded(name: string): string {
  return name.replace(/%(?:25){0,3}([0-7][0-9a-f])/gi, (_match, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function unicodeWords(name: string): string[] {
  const plain = name.normalize('NFKC').slice(0, 2 * maxNameLength);
  return Array.from(plain.replace(/\p{Cf}/gu, '').matchAll(wordsInName), ([word]) => word.toLowerCase());
}

const none = 0;
const lower = 1;
const upper = 2;
const digit = 3;

function kindOf(code: number): number {
  if (code >= 97 && code <= 122) return lower;
  if (code >= 65 && code <= 90) return upper;
  return code >= 48 && code <= 57 ? digit : none;
}

/** The same by hand, several times as fast; nearly all names are ASCII. */
function asciiWords(name: string): string[] {
  const words: string[] = [];
  let start = 0;
  let before = none;
  for (let at = 0; at <= name.length; at += 1) {
    const kind = at === name.length ? none : kindOf(name.charCodeAt(at));
    const isCapitalised = before === upper && kind === lower;
    if (kind === before || (isCapitalised && start === at - 1)) {
      before = kind;
      continue;
    }
    // The last capital of `APIKey` begins the next word.
    const end = isCapitalised ? at - 1 : at;
    if (before !== none) words.push(name.slice(start, end).toLowerCase());
    start = end;
    before = kind;
  }
  return words;
}
