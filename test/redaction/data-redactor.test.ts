import { DataRedactor } from '../../src/index';
import { escapeJson, escapeText } from '../../src/redaction/escape-text';

const secret = 'canary-7f3a';
const redactor = new DataRedactor({ fieldsToRedact: ['pin'] });

function expectHidden(value: unknown): void {
  expect(JSON.stringify(redactor.redact(value))).not.toContain(secret);
}

describe('the redactor', () => {
  test.each([
    'password',
    'passWord',
    'pass_word',
    'PASS-WORD',
    'pass\u200bword',
    'ｐａｓｓｗｏｒｄ',
    'user_password',
    'apiKey',
    'pin',
  ])('knows %s by name', (name) => expectHidden({ [name]: secret }));

  test('reaches into everything that can hold a value', () => {
    const cyclic: Record<string, unknown> = { token: secret };
    cyclic['self'] = cyclic;
    class Account {
      readonly password = secret;
    }
    expectHidden({ deep: [{ list: [new Map([['secret', secret]]), new Set([{ cvv: secret }])] }] });
    expectHidden(cyclic);
    expectHidden(new Account());
    expectHidden({ toJSON: () => ({ ssn: secret }) });
    expectHidden(new Error(`login failed: password=${secret}`, { cause: { token: secret } }));
    expectHidden(Buffer.from(secret));
    expectHidden(Object.assign(Object.create(null) as object, { cookie: secret }));
    expectHidden({ [`password=${secret}`]: 1 });
  });

  test.each([
    `password=${secret}`,
    `"api_key": "${secret}"`,
    `Authorization: Bearer ${secret}`,
    `https://host/path?token=${secret}&page=2`,
    `{"secret":"${secret}"}`,
  ])('finds a secret inside a text: %s', (text) => {
    expect(redactor.redactText(text)).not.toContain(secret);
    expect(redactor.redactText(text)).toContain('[REDACTED]');
  });

  test('copies: the input stays as it is, and harmless values come through', () => {
    const input = {
      id: 7,
      when: new Date(0),
      big: 10n,
      none: null,
      missing: undefined,
      nested: { ok: true },
      password: 'p',
    };
    const copy = { ...input };
    expect(redactor.redact(input)).toEqual({
      id: 7,
      when: '1970-01-01T00:00:00.000Z',
      big: '10',
      none: null,
      missing: undefined,
      nested: { ok: true },
      password: '[REDACTED]',
    });
    expect(input).toEqual(copy);
  });

  test('fails closed: what cannot be read is not guessed', () => {
    const throwing = {
      get value(): never {
        throw new Error(secret);
      },
    };
    expect(redactor.redact(throwing)).toEqual({ value: '[UNSERIALIZABLE]' });
    expect(redactor.redact({ toJSON: () => throwing.value })).toBe('[UNSERIALIZABLE]');
    const proxy = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error(secret);
        },
      },
    );
    expect(redactor.redact({ proxy })).toEqual({ proxy: '[UNSERIALIZABLE]' });
  });

  test('keeps the prototype of its copies out of reach', () => {
    const polluted = redactor.redact(JSON.parse('{"__proto__":{"admin":true}}')) as { admin?: boolean };
    expect(polluted.admin).toBeUndefined();
    expect(Object.getPrototypeOf(polluted)).toBe(Object.prototype);
  });

  test('gives an object to be spread, whatever it is given', () => {
    expect(redactor.redactRecord({ id: 7, token: secret })).toEqual({ id: 7, token: '[REDACTED]' });
    expect(redactor.redactRecord(undefined)).toEqual({});
    expect(redactor.redactRecord(null)).toEqual({});
    expect(redactor.redactRecord(['a', `pin=${secret}`])).toEqual({ value: ['a', 'pin=[REDACTED]'] });
    expect(redactor.redactRecord(new Date(0))).toEqual({ value: '1970-01-01T00:00:00.000Z' });
    expect(redactor.redactRecord({ toJSON: () => 'text' })).toEqual({ value: 'text' });
  });

  test('names functions, and never shows their source', () => {
    class Job {
      static readonly name = { token: secret };
      readonly key = `token ${secret}`;
    }
    const throwing = Object.defineProperty(() => secret, 'name', {
      get: () => {
        throw new Error(secret);
      },
    });
    expect(redactor.redact([function ready() {}, () => secret, Job, throwing])).toEqual([
      '[Function ready]',
      '[Function]',
      '[Function]',
      '[Function]',
    ]);
  });

  test('takes for a text what JavaScript hands it', () => {
    const given: unknown[] = [7, undefined, null, Symbol('s'), { token: secret }, function done() {}];
    expect(given.map((each) => redactor.redactText(each as string))).toEqual([
      '7',
      'undefined',
      'null',
      'Symbol(s)',
      '{"token":"[REDACTED]"}',
      '[Function done]',
    ]);
  });

  test('reads a getter that throws between names and values as a value that cannot be read', () => {
    const named = {
      get name(): never {
        throw new Error(secret);
      },
      value: 1,
    };
    expect(redactor.redact(named)).toEqual({ name: '[UNSERIALIZABLE]', value: 1 });
  });

  test('is told what to put instead', () => {
    expect(new DataRedactor({ replacement: '***' }).redact({ token: secret })).toEqual({ token: '***' });
  });
});

describe('a copy is limited', () => {
  test('to 1,000 items of a list, map or set, and tells how many are left out', () => {
    const numbers = Array.from({ length: 2_500 }, (_, index) => index);
    const list = redactor.redact(numbers) as unknown[];
    expect(list).toHaveLength(1_001);
    expect(list.slice(-2)).toEqual([999, '[Truncated 1500 items]']);
    expect((redactor.redact(new Set(numbers)) as unknown[]).at(-1)).toBe('[Truncated 1500 items]');
    const map = redactor.redact(new Map(numbers.map((number) => [String(number), number]))) as object;
    expect(Object.keys(map)).toHaveLength(1_001);
    expect(map).toMatchObject({ '999': 999, '…': '[Truncated 1500 items]' });
  });

  test('to 10,000 values: a graph that shares its parts does not grow without bound', () => {
    let shared: object = { leaf: 1, token: secret };
    for (let level = 0; level < 30; level += 1) shared = { left: shared, right: shared };
    const written = JSON.stringify(redactor.redact(shared));
    expect(written.length).toBeLessThan(1_000_000);
    expect(written).toContain('fields]');
    expect(written).not.toContain(secret);
    const wide = redactor.redact(Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, 1])));
    expect(Object.keys(wide as object).length).toBeLessThanOrEqual(10_001);
    expect(wide).toHaveProperty('…', '[Truncated 10001 fields]');
  });

  test('to what is shared twice, in full, where it is small', () => {
    const shared = { id: 1 };
    expect(redactor.redact({ a: shared, b: [shared, shared] })).toEqual({ a: shared, b: [shared, shared] });
  });

  test('to 32 levels', () => {
    let deep: object = { token: secret };
    for (let level = 0; level < 10_000; level += 1) deep = [deep];
    expect(JSON.stringify(redactor.redact(deep))).toContain('[Too deep]');
  });

  test('whatever length a list claims to have', () => {
    const sparse: unknown[] = [];
    sparse[4_000_000_000] = secret;
    expect((redactor.redact(sparse) as unknown[]).at(-1)).toBe('[Truncated 3999999001 items]');
  });

  test('to 16,384 characters of a text', () => {
    expect(redactor.redactText('x'.repeat(16_384))).toBe('x'.repeat(16_384));
    expect(redactor.redactText('x'.repeat(20_000))).toBe(`${'x'.repeat(16_384)}… [Truncated 3616 characters]`);
    expect(redactor.redact({ text: 'y '.repeat(10_000) })).toEqual({
      text: `${'y '.repeat(8_192)}… [Truncated 3616 characters]`,
    });
  });

  test('to about a million characters in all', () => {
    const texts = Array.from({ length: 500 }, () => 'x'.repeat(16_000));
    const copied = redactor.redact(texts) as string[];
    expect(copied.join('').length).toBeLessThan(1_100_000);
    expect(copied.at(-1)).toBe('[Truncated 434 items]');
  });

  test('to fewer characters where they have to be searched, and nothing is written that was not', () => {
    for (const unit of ['password=', 'ghp_', '%3a%2f%2f', '{"token":"', 'form-data; name=password\n', '\ufdfa']) {
      const long = unit.repeat(Math.ceil(16_384 / unit.length)).slice(0, 16_384);
      const copied = redactor.redact([...Array.from({ length: 100 }, () => long), `token=${secret}`]);
      const written = JSON.stringify(copied);
      expect(written).not.toContain(secret);
      expect(written.length).toBeLessThan(500_000);
      expect(written).toMatch(/\[Truncated( \d+ items)?\]"\]$/);
    }
  });

  test('whatever is large and not read costs nothing', () => {
    const message = Buffer.alloc(50_000_000, 'password=').toString('latin1');
    const copy = redactor.redact({
      bytes: new Float64Array(5_000_000),
      shared: new SharedArrayBuffer(9),
      error: new Error(message),
    });
    expect(copy).toMatchObject({ bytes: '[Binary of 40000000 bytes]', shared: '[Binary of 9 bytes]' });
    expect(JSON.stringify(copy).length).toBeLessThan(1_000);
  });

  test.each([
    ['password=', secret],
    ['"password":"', `${secret} ${secret}"`],
    ['postgres://app:', `${secret}@host`],
    ['eyJhbGciOi', `JIUzI1NiJ9.${secret}.${secret}`],
    ['Bearer ', secret],
    ['Basic ', 'abcdefghIJKL'],
    ['-----BEGIN PRIVATE KEY-----', `\n${secret}`],
    ['<password>', `${secret}</password>`],
    ['{"token":["', `${secret}"]}`],
  ])('and shows no part of a secret that lies across the cut: %s', (lead, rest) => {
    for (const shown of [0, 4, 8, secret.length]) {
      const padding = `${'x'.repeat(16_384 - 1 - lead.length - shown)} `;
      const end = redactor.redactText(`${padding}${lead}${rest}${' y'.repeat(5_000)}`).slice(16_000);
      expect(end).toContain('[Truncated');
      expect(end).not.toContain(rest.slice(0, 4));
    }
  });

  test.each(['=', 'a=', '"', '\\"', '://', '<token>\n', 'eyJ.', '-eyJ', 'bearer ', 'name="', '{"a":', '%3d', '--a '])(
    'also where a text is a million characters of %j',
    (part) => {
      const hostile = part.repeat(1_000_000 / part.length);
      expect(redactor.redactText(hostile)).toContain('[Truncated');
    },
  );
});

describe('text that is made safe for a line', () => {
  const hostile = 'a\nb\r\u001b[31mred\u2028\u202egnp.exe\u200b\u0085';

  test('has no control, separator, direction or invisible character left', () => {
    expect(escapeText(hostile)).toBe('a\\u000ab\\u000d\\u001b[31mred\\u2028\\u202egnp.exe\\u200b\\u0085');
  });

  test('is still the same JSON', () => {
    const json = escapeJson(JSON.stringify({ text: hostile }));
    expect(json).toMatch(/^[\u0020-\u007e]+$/);
    expect(JSON.parse(json)).toEqual({ text: hostile });
  });

  test.each(['\u061c', '\u00ad', '\u180e', '\ufff9', '\ufffb', '\u2065', '\ufeff', '\u{e0001}', '\u{e0041}'])(
    'shows the invisible character %j',
    (invisible) => {
      expect(escapeText(`a${invisible}b`)).toMatch(/^a(\\u[0-9a-f]{4}){1,2}b$/);
      const json = escapeJson(JSON.stringify(`a${invisible}b`));
      expect(json).toMatch(/^[\u0020-\u007e]+$/);
      expect(JSON.parse(json)).toBe(`a${invisible}b`);
    },
  );

  test('keeps letters, signs and pictures of any script', () => {
    expect(escapeText('größer 鍵 ключ 🔑 €')).toBe('größer 鍵 ключ 🔑 €');
  });
});
