import 'reflect-metadata';
import { AuditEvent, DataRedactor, initializeObservability } from '../../src/index';

const email = '\\b[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Z|a-z]{2,}\\b';
const ssn = /\b\d{3}-\d{2}-\d{4}\b/g;
const redactor = new DataRedactor({ patterns: [email, ssn], fieldsToRedact: ['phone'], replacement: '[gone]' });

describe('patterns of the user', () => {
  test('remove what they match from any text, wherever it stands', () => {
    const value = {
      note: 'write to ada@example.com or bob@example.org, ssn 123-45-6789',
      list: ['ada@example.com'],
      'ada@example.com': 1,
      json: JSON.stringify({ to: 'ada@example.com', n: 1 }),
      error: new Error('no mail for ada@example.com'),
      map: new Map([['to', 'ada@example.com']]),
      phone: '1',
      city: 'Ulm',
    };
    expect(redactor.redact(value)).toEqual({
      note: 'write to [gone] or [gone], ssn [gone]',
      list: ['[gone]'],
      '[gone]': 1,
      json: '{"to":"[gone]","n":1}',
      error: { name: 'Error', message: 'no mail for [gone]' },
      map: { to: '[gone]' },
      phone: '[gone]',
      city: 'Ulm',
    });
    expect(redactor.redactText('from ada@example.com')).toBe('from [gone]');
    expect(redactor.redactText('password=x from ada@example.com')).toBe('password=[gone] from [gone]');
  });

  test('take the flags that say what matches, and no match of nothing', () => {
    const flagged = new DataRedactor({ patterns: [/^secret .*$/im, /x*/] });
    expect(flagged.redactText('a\nSECRET b\nc')).toBe('a\n[REDACTED]\nc');
    expect(flagged.redactText('axxb')).toBe('a[REDACTED]b');
  });

  test('miss nothing that a text is cut in the middle of', () => {
    const text = `${'a '.repeat(8_186)}123-45-6789`;
    for (const cut of [0, 1, 2, 3, 4, 5]) {
      expect(redactor.redactText(' '.repeat(cut) + text)).not.toMatch(/\d{3}-\d/);
    }
  });

  test.each([
    ['a lookahead', '(?=a)b'],
    ['a lookbehind', /(?<=a)b/],
    ['a back-reference', /(a)\1/],
    ['an open group', '(a'],
  ])('are refused with %s', (_what, pattern) => {
    expect(() => new DataRedactor({ patterns: ['a', pattern] })).toThrow(/TREFOIL_OPTIONS_INVALID.*patterns\.1/);
    expect(() => initializeObservability({ redaction: { patterns: [pattern] } })).toThrow(/TREFOIL_OPTIONS_INVALID/);
  });

  test('hold for an event as a whole', () => {
    const event = new AuditEvent({
      eventId: 'evt-1',
      eventType: 'create',
      status: 'failure',
      storeType: 's3',
      itemId: 'o-1',
      metadata: { to: 'ada@example.com', password: 'x' },
      attributes: { ssn: '123-45-6789' },
      changes: { before: { phone: '1' } },
      errorMessage: 'no mail for ada@example.com',
    });
    const redacted = redactor.redactEvent(event);
    expect(redacted).toBeInstanceOf(AuditEvent);
    expect(redacted.toJSON()).toEqual({
      ...event.toJSON(),
      metadata: { to: '[gone]', password: '[gone]' },
      attributes: { ssn: '[gone]' },
      changes: { before: { phone: '[gone]' } },
      error_message: 'no mail for [gone]',
    });
  });
});
