import { inspect } from 'node:util';
import { DataRedactor } from '../../src/index';

const canary = 'canary7F3a';
const basic = Buffer.from(`app:${canary}`).toString('base64');
const jwt = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(`{"sub":"${canary}"}`).toString('base64url')}.c2lnbmF0dXJl`;
const pem = `-----BEGIN RSA PRIVATE KEY-----\nMIIE\n${canary}\n-----END RSA PRIVATE KEY-----`;
const needles = [canary, basic, jwt];

const redactor = new DataRedactor({ fieldsToRedact: ['pin', 'Tax-Number', 'личный код'] });

/** Wherever the canary can be seen: in the text itself, in what JSON and what the console show of a value. */
function isSeen(value: unknown): boolean {
  const shown =
    typeof value === 'string' ? value : `${JSON.stringify(value)} ${inspect(value, { depth: null, showHidden: true })}`;
  return needles.some((needle) => shown.includes(needle));
}

const nested = (levels: number): string => {
  let text = JSON.stringify({ id: 1, password: canary });
  for (let level = 1; level < levels; level += 1) text = JSON.stringify({ body: text });
  return text;
};

class Account {
  readonly id = 7;
  readonly password = canary;
}

const names = [
  'password',
  'tokens',
  'secrets',
  'cookies',
  'password_confirmation',
  'passwordHash',
  'password1',
  'pAsSwOrD',
  'dbpassword',
  'aws_secret_access_key',
  'AWS_SECRET_ACCESS_KEY',
  'secretKey',
  'pwd',
  'credentials',
  'jwt',
  'connectionString',
  'accessKey',
  'auth',
  'http_auth',
  'authToken',
  'oauth2Token',
  'sessionId',
  'session_id',
  'creditCardNumber',
  'cvv',
  'ssn',
  'X-Api-Key',
  'Set-Cookie',
  'Proxy-Authorization',
  'pass\u200bword',
  'ｐａｓｓｗｏｒｄ',
  'user.password',
  'pins',
  'user_pin',
  'taxNumber',
  'личныйКод',
];

const values: [string, unknown][] = [
  ['a list in a list', [[[{ token: canary }]]]],
  ['a pair', [['password', canary]]],
  ['a pair with an object', ['password', { plain: canary }]],
  ['name and value', { name: 'password', value: canary }],
  ['key and value', { key: 'api_key', value: canary }],
  ['tags of a cloud', [{ Key: 'DbPassword', Value: canary }]],
  ['raw headers', ['Host', 'example', 'Cookie', `sid=${canary}`, 'Accept', '*/*']],
  ['a command line', ['node', 'job.js', '--password', canary, 'last']],
  ['a map', new Map<unknown, unknown>([['secret', canary]])],
  ['a map of maps', new Map([['a', new Map([['token', canary]])]])],
  [
    'a map with a name and a value',
    new Map([
      ['name', 'password'],
      ['value', canary],
    ]),
  ],
  ['a set', new Set([{ cvv: canary }])],
  ['an instance of a class', new Account()],
  ['an object without a prototype', Object.assign(Object.create(null) as object, { cookie: canary })],
  ['what toJSON gives', { toJSON: () => ({ ssn: canary }) }],
  ['the message of an error', new Error(`login failed: password=${canary}`)],
  ['the cause of an error', new Error('failed', { cause: { token: canary } })],
  ['a field of an error', Object.assign(new Error('failed'), { config: { password: canary } })],
  ['an error whose name is an object', Object.assign(new Error('failed'), { name: { token: canary } })],
  ['an error whose message is an object', Object.assign(new Error('failed'), { message: { token: canary } })],
  ['a key', { [`password=${canary}`]: 1 }],
  ['a symbol', Symbol(`token=${canary}`)],
  ['a URL', new URL(`https://app:${canary}@host.example/`)],
  ['a text object', Object(`password=${canary}`)],
  ['the name of a function', Object.defineProperty(() => 1, 'name', { value: `token=${canary}` })],
  ['JSON in a field', { body: JSON.stringify({ token: [canary] }) }],
];

const texts = [
  `password=${canary}`,
  `password = ${canary}`,
  `password:\t${canary}`,
  `password:\n  ${canary}`,
  `password => ${canary}`,
  `password := ${canary}`,
  `password%3D${canary}`,
  `%22password%22%3A%22${canary}%22`,
  `password%253D${canary}`,
  `user[password]=${canary}&page=2`,
  `user%5Bpassword%5D=${canary}&page=2`,
  `https://host/path?token=${canary}&page=2`,
  `https://s3/x?X-Amz-Signature=${canary}&X-Amz-Expires=60`,
  `access_key=${canary}`,
  `Server=db;User=app;Password=${canary};Timeout=5`,
  `AccountKey=${canary}==;EndpointSuffix=x`,
  `password=begin,${canary}`,
  `password=be)gin"${canary}`,
  `password='begin''${canary}'`,
  `password="begin \\"${canary}"`,
  `login --password ${canary} --verbose`,
  `login --password=${canary}`,
  `login -Password ${canary}`,
  `your API key: ${canary}`,
  `Authorization: Bearer ${canary}`,
  `Authorization: Token ${canary}`,
  `authorization=Token ${canary}`,
  `Authorization: Digest username="app", response="${canary}"`,
  `authorization: ${canary} and ${canary}`,
  `GET / HTTP/1.1\r\nCookie: a=b; c=${canary}; d=e\r\nHost: x`,
  `Set-Cookie: sid=x; Path=/; Other=${canary}`,
  `rejected: Bearer\t${canary}`,
  `rejected: Basic ${basic}`,
  `token: Bearer ${canary}`,
  `postgres://app:${canary}@db:5432/orders`,
  `postgres://app:be/gin${canary}@db:5432/orders`,
  `https://${canary}@host.example/repo.git`,
  `redis:\\/\\/:${canary}@cache`,
  `url=postgres%3A%2F%2Fapp%3A${canary}%40db`,
  `{"token":["${canary}"]}`,
  `{"token":{"plain":"${canary}"}}`,
  `rejected {"token":["a","${canary}"],"id":1}`,
  `rejected {"token":{"a":[1],"plain":"${canary}"},"id":1}`,
  `{ token: [ 'a', '${canary}' ], id: 1 }`,
  `{"pass\\u0077ord":"${canary}"}`,
  `{"a":{"token":"${canary}"},"a":1}`,
  `[["password","${canary}"]]`,
  `{"name":"password","value":"${canary}"}`,
  `rejected { name: 'password', value: '${canary}' }`,
  `<add key="password" value="${canary}"/>`,
  nested(2),
  nested(4),
  `rejected ${nested(3)}`,
  `{\\"password\\":\\"begin \\\\\\"${canary}\\"}`,
  `<password>${canary}</password>`,
  `<ns:password type="x"><![CDATA[${canary}]]></ns:password>`,
  `&lt;password&gt;${canary}&lt;/password&gt;`,
  pem,
  JSON.stringify({ file: pem }),
  `token is ${jwt}, rejected`,
  `ｐａｓｓｗｏｒｄ＝${canary}`,
  `pass\u200bword=${canary}`,
  `\u001b[31mpassword\u001b[0m=${canary}`,
  `https://maps.example/api?key=${canary}&page=2`,
  `https://bucket.example/o?Expires=1&Signature=${canary}`,
  `mysql -u root -p${canary} orders`,
  `/usr/bin/mysqldump --host db -p'${canary}' orders`,
  `Password for user: ${canary}`,
  `Password for user postgres: ${canary}`,
  `the secret of the service orders = ${canary}`,
  `--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n${canary}\r\n--b--`,
  `--b\nContent-Disposition: form-data; name="api_key"; filename="k"\nContent-Type: text/plain\n\n1\n${canary}\n--b--`,
  `pin=${canary}`,
  `tax-number: ${canary}`,
];

describe('a secret that is hidden', () => {
  test('is looked for in at least 60 places', () => {
    expect(names.length + values.length + texts.length).toBeGreaterThanOrEqual(120);
  });

  test.each(names)('under the name %s is removed', (name) => {
    expect(isSeen({ [name]: canary })).toBe(true);
    expect(isSeen(redactor.redact({ [name]: canary }))).toBe(false);
  });

  test.each(values)('in %s is removed', (_place, value) => {
    expect(isSeen(value)).toBe(true);
    expect(isSeen(redactor.redact(value))).toBe(false);
    expect(isSeen(redactor.redactRecord(value))).toBe(false);
  });

  test.each(texts)('in the text %j is removed', (text) => {
    expect(needles.some((needle) => text.includes(needle)) || isSeen(JSON.parse(text))).toBe(true);
    const clean = redactor.redactText(text);
    expect(isSeen(clean)).toBe(false);
    expect(clean).toContain('[REDACTED]');
    expect(isSeen(redactor.redact({ deep: [text] }))).toBe(false);
    // What is clean already stays as it is.
    expect(redactor.redactText(clean)).toBe(clean);
  });
});

describe('what is no secret', () => {
  test.each([
    'tokenCount',
    'token_type',
    'token_expires_at',
    'passwordLength',
    'secretary',
    'passage',
    'author',
    'authority',
    'is_authorized',
    'tokenizer',
    'compass',
    'possession',
    'keyboard',
    'primaryKey',
    'monkey',
    'spinning',
    'user_id',
  ])('under the name %s stays', (name) => {
    expect(redactor.redact({ [name]: 'x' })).toEqual({ [name]: 'x' });
    expect(redactor.redactText(`${name}=x`)).toBe(`${name}=x`);
  });

  test.each([
    'order o-12345 was not found: try again',
    'https://host.example:8080/path/@scope/package?page=2#top',
    'file:///home/app@host/file',
    'the basic usage of a token, and of its author',
    '{"id": 12345678901234567890, "when": "2026-01-01T00:00:00Z"}',
    'if (a <b> c) { return d => [1, 2] }',
    'größer als 5：ja',
    'put s3 key=orders/2026 with signature=(id: string)',
    'mysql -u root -p orders',
    'mkdir -p/var/lib; mysql --version',
    'the list of orders: 7, for user ada: 3',
    '--b\r\nContent-Disposition: form-data; name="city"\r\n\r\nUlm\r\n--b--',
    'a \u200b b',
    '2026-01-01T10:20:30Z [info] started --verbose --port 80',
  ])('in the text %j stays as it is', (text) => expect(redactor.redactText(text)).toBe(text));
});
