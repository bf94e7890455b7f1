/** Where a secret may stand: under a name, in a value or in a text; each is given the secret. */
export type SecretPlace = readonly [name: string, hide: (secret: string) => unknown];

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const hex = (text: string): string => Buffer.from(text).toString('hex');

class Account {
  readonly id = 7;
  readonly password: string;

  constructor(secret: string) {
    this.password = secret;
  }
}

const underNames: readonly SecretPlace[] = [
  'password',
  'pass_word',
  'passWord',
  'pass\u200bword',
  'ｐａｓｓｗｏｒｄ',
  'passwd',
  'user.password',
  'secret',
  'clientSecret',
  'token',
  'refresh_token',
  'apiKey',
  'X-Api-Key',
  'Authorization',
  'Cookie',
  'sessionId',
  'creditCardNumber',
  'cvv',
  'ssn',
  'private_key',
  'authToken',
].map((name) => [`the name ${name}`, (secret) => ({ [name]: secret })]);

const inValues: readonly SecretPlace[] = [
  ['base64 under a name', (secret) => ({ password: base64(secret) })],
  ['hexadecimal under a name', (secret) => ({ password: hex(secret) })],
  ['a number of levels under a name', (secret) => ({ credentials: { a: [{ b: secret }] } })],
  ['a list', (secret) => [[{ token: secret }]]],
  ['a pair', (secret) => ['password', secret]],
  ['name and value', (secret) => ({ name: 'password', value: secret })],
  ['raw headers', (secret) => ['Host', 'example', 'Cookie', `sid=${secret}`]],
  ['a command line', (secret) => ['job.js', '--password', secret]],
  ['a map', (secret) => new Map([['secret', secret]])],
  [
    'a map of name and value',
    (secret) =>
      new Map([
        ['name', 'token'],
        ['value', secret],
      ]),
  ],
  ['a set', (secret) => new Set([{ cvv: secret }])],
  ['an instance', (secret) => new Account(secret)],
  ['what toJSON gives', (secret) => ({ toJSON: () => ({ ssn: secret }) })],
  ['a message', (secret) => new Error(`login failed: password=${secret}`)],
  ['a cause', (secret) => new Error('failed', { cause: { token: secret } })],
  ['a field of an error', (secret) => Object.assign(new Error('failed'), { config: { password: secret } })],
  ['a key', (secret) => ({ [`password=${secret}`]: 1 })],
  ['a symbol', (secret) => Symbol(`token=${secret}`)],
  ['a URL object', (secret) => new URL(`https://app:${secret}@host.example/`)],
  ['an inherited getter', (secret) => Object.create({}, { token: { get: () => secret, enumerable: true } }) as unknown],
];

const inTexts: readonly SecretPlace[] = (
  [
    (secret) => `password=${secret}`,
    (secret) => `password:\n  ${secret}`,
    (secret) => `{"token":"${secret}"}`,
    (secret) => `rejected {"token":["a","${secret}"]}`,
    (secret) => JSON.stringify({ body: JSON.stringify({ api_key: secret }) }),
    (secret) => `user[password]=${secret}&page=2`,
    (secret) => `https://host/path?token=${secret}&page=2`,
    (secret) => `https://host/path?key=${secret}&Signature=${secret}`,
    (secret) => `postgres://app:${secret}@db:5432/orders`,
    (secret) => `Authorization: Bearer ${secret}`,
    (secret) => `rejected: Basic ${base64(`app:${secret}`)}`,
    (secret) => `Cookie: a=b; c=${secret}`,
    (secret) => `psql --password ${secret}`,
    (secret) => `mysql -u root -p${secret} orders`,
    (secret) => `Password for user ada: ${secret}`,
    (secret) => `<password>${secret}</password>`,
    (secret) => `-----BEGIN PRIVATE KEY-----\n${base64(secret)}\n-----END PRIVATE KEY-----`,
    (secret) => `name="password"\r\nform-data; name="password"\r\n\r\n${secret}\r\n--b--`,
    (secret) => `eyJhbGciOiJIUzI1NiJ9.${base64(JSON.stringify({ sub: secret })).replaceAll('=', '')}.c2lnbmF0dXJl`,
  ] satisfies ((secret: string) => string)[]
).map((hide) => [`the text ${hide('…')}`, hide]);

/** Each of them shows the secret to whoever writes the value out as it is. */
export const secretPlaces: readonly SecretPlace[] = [...underNames, ...inValues, ...inTexts];
