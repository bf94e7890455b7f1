import { inspect } from 'node:util';
import { AuditEvent, AuditLogger, DataRedactor, InMemoryAuditBackend, type AuditEntry } from '../../src/index';
import { Withheld } from '../../src/redaction/withheld';

const hidden = '[REDACTED]';
const changed = '[REDACTED, changed]';
const unchanged = '[REDACTED, unchanged]';
const redactor = new DataRedactor();

/** What becomes of a secret, by what it was and what it is. */
const marks: readonly (readonly [string, unknown, unknown, string])[] = [
  ['the same text', 's', 's', unchanged],
  ['another text', 's', 't', changed],
  ['a number and its text', 1234, '1234', changed],
  ['an equal object in another order', { a: 1, b: [2] }, { b: [2], a: 1 }, unchanged],
  ['another object', { a: 1, b: [2] }, { a: 1, b: [3] }, changed],
  ['equal bytes', Buffer.from('key'), new Uint8Array(Buffer.from('key')), unchanged],
  ['other bytes', Buffer.from('key'), Buffer.from('kez'), changed],
  ['the same instance of a class', new URL('https://a.example'), new URL('https://a.example'), hidden],
  ['texts too long to be compared', 'x'.repeat(70_000), 'x'.repeat(70_000), hidden],
  ['two that were hidden before', hidden, hidden, hidden],
  ['two that were compared before', changed, changed, changed],
];

test.each(marks)('of a secret field, %s', (_what, before, after, mark) => {
  const changes = { before: { secret: before }, after: { secret: after } };
  expect(redactor.redactChanges(changes)).toEqual({ before: { secret: mark }, after: { secret: mark } });
});

test('one that reaches itself, or cannot be read, cannot be compared', () => {
  const loop: Record<string, unknown> = {};
  loop['loop'] = loop;
  const failing = {
    get field(): never {
      throw new Error('no');
    },
  };
  for (const secret of [loop, failing]) {
    expect(redactor.redactChanges({ before: { secret }, after: { secret } })).toEqual({
      before: { secret: hidden },
      after: { secret: hidden },
    });
  }
});

test('a secret that is new, or gone, has changed', () => {
  expect(redactor.redactChanges({ before: { password: 'a' }, after: {} })).toEqual({
    before: { password: changed },
    after: {},
  });
  expect(redactor.redactChanges({ before: { password: null }, after: { password: 'a' } })).toEqual({
    before: { password: null },
    after: { password: changed },
  });
  expect(redactor.redactChanges({ before: {}, after: { user: [{ password: 'a' }] } })).toEqual({
    before: {},
    after: { user: [{ password: changed }] },
  });
});

test('one side alone says nothing', () => {
  expect(redactor.redactChanges({ before: { password: 'a' } })).toEqual({ before: { password: hidden } });
});

test('of a secret within a text, it is told only where the texts differ in nothing else', () => {
  const url = (password: string, host = 'h'): unknown => ({ url: `postgres://app:${password}@${host}/db` });
  const compare = (before: unknown, after: unknown): unknown =>
    Object.values(redactor.redactChanges({ before, after })).map((side) => (side as { readonly url: string }).url);
  expect(compare(url('a'), url('a'))).toEqual(Array(2).fill(`postgres://${unchanged}@h/db`));
  expect(compare(url('a'), url('b'))).toEqual(Array(2).fill(`postgres://${changed}@h/db`));
  expect(compare(url('a'), url('a', 'g'))).toEqual([`postgres://${hidden}@h/db`, `postgres://${hidden}@g/db`]);
});

test('secrets within texts are compared once, however often they are redacted', () => {
  const sides = (password: string): unknown => ({ note: `password=${password} host=h` });
  const once = redactor.redactChanges({ before: sides('a'), after: sides('b') });
  expect(once.after).toEqual({ note: `password=${changed} host=h` });
  expect(redactor.redactChanges(once)).toEqual(once);
  const withAnother = { before: once.before, after: { note: `password=${changed} token=ghp_${'a'.repeat(36)}` } };
  expect(redactor.redactChanges(withAnother).after).toEqual({ note: `password=${hidden} token=${hidden}` });
});

test('what was left out of a copy is not taken for a field that has gone', () => {
  const wide = Object.fromEntries(Array.from({ length: 12_000 }, (_, index) => [`f${index}`, index]));
  const { after } = redactor.redactChanges({ before: wide, after: { password: 'a' } }) as { after: unknown };
  expect(after).toEqual({ password: hidden });
});

test('a list that differs is kept whole in a diff, and so is what may differ where it was cut', () => {
  const long = 'x'.repeat(20_000);
  const before = { id: 1, rows: [{ pin: 1234, n: 1 }], note: long, kept: [1] };
  const after = { id: 1, rows: [{ pin: 1234, n: 2 }], note: long, kept: [1] };
  const diff = redactor.redactChanges({ before, after, diff: true });
  expect(diff.before).toEqual({ rows: [{ pin: unchanged, n: 1 }], note: expect.stringContaining('[Truncated') });
  expect(diff.after).toEqual({ rows: [{ pin: unchanged, n: 2 }], note: expect.stringContaining('[Truncated') });
});

test('a field called `__proto__` stays a field', () => {
  const side = JSON.parse('{"__proto__": {"password": "a"}}') as unknown;
  const { before } = redactor.redactChanges({ before: side, after: {} });
  expect(Object.getOwnPropertyDescriptor(before, '__proto__')?.value).toEqual({ password: changed });
});

test('another replacement says it in its own way', () => {
  const starred = new DataRedactor({ replacement: '***' });
  expect(starred.redactChanges({ before: { pin: 1234 }, after: { pin: 5678 } }).after).toEqual({
    pin: '*** (changed)',
  });
  const empty = new DataRedactor({ replacement: '' });
  expect(empty.redactChanges({ before: { pin: 1234 }, after: { pin: 5678 } }).after).toEqual({ pin: '' });
});

test('a redactor that hides more is asked', () => {
  class Stricter extends DataRedactor {
    override redact(value: unknown): unknown {
      return { ...(super.redact(value) as object), name: 'hidden' };
    }
  }
  const changes = new Stricter().redactChanges({ before: { name: 'Ann' }, after: { name: 'Eve' } });
  expect(changes).toEqual({ before: { name: 'hidden' }, after: { name: 'hidden' } });
});

test('what waits to be compared shows its secret to nobody', () => {
  const waiting = redactor.copySide({ password: 'hunter2' });
  expect(waiting).toEqual({ password: expect.any(Withheld) });
  const shown = [
    JSON.stringify(waiting),
    inspect(waiting, { depth: 9, showHidden: true }),
    Object.values(waiting as object).map(String),
  ];
  expect(shown.join()).not.toContain('hunter2');
});

test('an event written by hand is compared once, however often it is redacted', async () => {
  const backend = new InMemoryAuditBackend();
  const logger = new AuditLogger({ backend, storeType: 'pg' });
  const entry: AuditEntry = {
    changes: { before: { name: 'Ann', pin: 1234 }, after: { name: 'Ann', pin: 5678 }, diff: true },
  };
  await logger.logUpdate('7', entry);
  const [event] = backend.getAll() as unknown as [AuditEvent];
  const expected = { before: { pin: changed }, after: { pin: changed } };
  expect(event.changes).toEqual(expected);
  expect(redactor.redactEvent(event).changes).toEqual(expected);
});

test('the ids of an event written by hand are bounded', async () => {
  const backend = new InMemoryAuditBackend();
  const logger = new AuditLogger({ backend, storeType: 'pg' });
  await logger.logRead('i'.repeat(5_000), { userId: 'u'.repeat(5_000) });
  const [event] = backend.getAll() as [AuditEvent];
  expect([event.itemId, event.userId]).toEqual(['i'.repeat(1_024), 'u'.repeat(1_024)]);
  const made = new AuditEvent({ eventType: 'read', status: 'success', storeType: 'pg', itemId: 'i'.repeat(5_000) });
  expect(redactor.redactEvent(made).itemId).toBe('i'.repeat(1_024));
});
