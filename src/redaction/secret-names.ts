/** Names whose values are redacted unless the user says otherwise, each as its words joined in lower case. */
const defaultSecretNames: readonly string[] = [
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'pwd',
  'dbpass',
  'userpass',
  'secret',
  'token',
  'jwt',
  'bearer',
  'auth',
  'authorization',
  'credential',
  'cookie',
  'session',
  'apikey',
  'accesskey',
  'secretkey',
  'privatekey',
  'signingkey',
  'encryptionkey',
  'masterkey',
  'sharedkey',
  'accountkey',
  'connectionstring',
  'creditcard',
  'cardnumber',
  'cvv',
  'cvc',
  'ssn',
  'amzsignature',
  'amzcredential',
  'sig',
];

/** Behind a secret word, these make a name that tells about the secret, not the secret. */
const harmlessEndings = new Set(
  'age algorithm count enabled expiration expired expires expiry length limit policy provider required size status ttl type version'.split(
    ' ',
  ),
);

const maxCachedLength = 100;
const maxCachedNames = 10_000;
/** More of a name than anyone writes would be cut into words for nothing. */
const maxNameLength = 1_000;

const wordsInName = /\p{Lu}?\p{Ll}+|\p{Lu}+(?!\p{Ll})|[\p{Lo}\p{Lm}\p{Lt}\p{M}]+|\p{N}+/gu;

/**
 * The words of a name: `aws_secretKey2` gives `aws`, `secret`, `key`, `2`. Unicode NFKC and without invisible
 * characters, so that what looks the same is the same.
 */
function wordsOf(name: string): string[] {
  const plain = name
    .slice(0, maxNameLength)
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '');
  return Array.from(plain.matchAll(wordsInName), ([word]) => word.toLowerCase());
}

/**
 * Which names stand for secrets. A name does where some of its neighbouring words, joined, are a secret name or its
 * plural (`pass_word`, `userPassword1`, `AWS_SECRET_ACCESS_KEY`), unless a harmless ending follows (`tokenCount`). Words
 * written without separators count where the secret name is the end (`dbpassword`).
 */
export class SecretNames {
  readonly #names: ReadonlySet<string>;
  /** Names that are told from the end of a longer word; short ones end words that mean something else. */
  readonly #endings: readonly string[];
  readonly #longest: number;
  /** Verdicts by raw name; names come from code, so they are few, and the map is emptied when they are not. */
  readonly #verdicts = new Map<string, boolean>();

  constructor(custom: readonly string[] = []) {
    const names = [...defaultSecretNames, ...custom.map((name) => wordsOf(name).join(''))].filter(
      (name) => name !== '',
    );
    this.#names = new Set(names);
    this.#endings = names.filter((name) => name.length >= 5 && name !== 'session');
    this.#longest = Math.max(...names.map((name) => name.length)) + 1;
  }

  has(name: string): boolean {
    const known = this.#verdicts.get(name);
    if (known !== undefined) return known;
    const verdict = this.#judge(wordsOf(name));
    if (name.length > maxCachedLength) return verdict;
    if (this.#verdicts.size >= maxCachedNames) this.#verdicts.clear();
    this.#verdicts.set(name, verdict);
    return verdict;
  }

  #judge(words: readonly string[]): boolean {
    for (let first = 0; first < words.length; first += 1) {
      let joined = '';
      for (let last = first; last < words.length && joined.length <= this.#longest; last += 1) {
        joined += words[last];
        const isSecret = this.#isSecret(joined) || (first === last && this.#holdsSecret(joined));
        if (isSecret && !harmlessEndings.has(words[last + 1] ?? '')) return true;
      }
    }
    // The case of `pAsSwOrD` says nothing about its words.
    return this.#endsInSecret(words.join(''));
  }

  #isSecret(joined: string): boolean {
    return this.#names.has(joined) || (joined.endsWith('s') && this.#names.has(joined.slice(0, -1)));
  }

  /** No other word of English has these letters: `passwords`, `dbpasswordhash`, `passwort`. */
  #holdsSecret(word: string): boolean {
    return word.includes('passw') || this.#endsInSecret(word);
  }

  #endsInSecret(word: string): boolean {
    const singular = word.endsWith('s') ? word.slice(0, -1) : word;
    return this.#endings.some((ending) => word.endsWith(ending) || singular.endsWith(ending));
  }
}
