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

  test('is told what to put instead', () => {
    expect(new DataRedactor({ replacement: '***' }).redact({ token: secret })).toEqual({ token: '***' });
  });
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
});
