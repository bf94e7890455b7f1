/** Names whose values are redacted unless the user says otherwise, already in the form of {@link normalizeName}. */
export const defaultSecretNames: readonly string[] = [
  'password',
  'passwd',
  'passphrase',
  'secret',
  'clientsecret',
  'token',
  'accesstoken',
  'refreshtoken',
  'idtoken',
  'authtoken',
  'apikey',
  'authorization',
  'cookie',
  'setcookie',
  'session',
  'creditcard',
  'cardnumber',
  'cvv',
  'ssn',
  'privatekey',
];

/**
 * The form in which names are compared: Unicode NFKC, case folded, separators and zero-width characters removed, so
 * that `pass_word`, `passWord` and `pass\u200bword` are all `password`.
 */
export function normalizeName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}
