import { DataRedactor } from '../../src/index';
import { mustGo } from './must-go';
import { mustGoOfApis } from './must-go-apis';
import { mustStay } from './must-stay';
import { mustStayOfApis } from './must-stay-apis';

const redactor = new DataRedactor();

const clean = (given: unknown): unknown =>
  typeof given === 'string' ? redactor.redactText(given) : redactor.redact(given);

test.each([
  ['must go', mustGo],
  ['must stay', mustStay],
  ['must go, by API', mustGoOfApis],
  ['must stay, by API', mustStayOfApis],
])('the list of what %s has 300 rows or more', (_list, rows) => {
  expect(rows.length).toBeGreaterThanOrEqual(300);
});

test.each([
  ['must go', mustGo],
  ['must go, by API', mustGoOfApis],
])('of what %s, all goes', (_list, rows) => {
  const seen = rows.filter(([given, secret]) => JSON.stringify(clean(given)).includes(secret));
  expect(seen.map(([given]) => given)).toEqual([]);
});

test('of what must stay, nothing is changed', () => {
  const changed = mustStay.filter((given) => JSON.stringify(clean(given)) !== JSON.stringify(given));
  expect(changed).toEqual([]);
});

test('of what must stay, by API, only what is a secret elsewhere is changed', () => {
  const changed = mustStayOfApis.filter((given) => JSON.stringify(clean(given)) !== JSON.stringify(given));
  // Vault's `secret_id`, PayPal's `client_token` and lists of old passwords have the same names.
  expect(changed.flatMap((given) => Object.keys(given as object))).toEqual([
    'SecretId',
    'secretsManagerSecretId',
    'ClientToken',
    'keyVaultSecretId',
    'password_history',
  ]);
  expect(1 - changed.length / mustStayOfApis.length).toBeGreaterThanOrEqual(0.98);
});

test('what is more than its fields is copied as what it is', () => {
  const form = new FormData();
  form.append('city', 'Ulm');
  form.append('file', new Blob(['abc']), 'a.txt');
  expect(
    redactor.redact({
      map: new Map<unknown, unknown>([
        [{ a: 1 }, 1],
        [{ b: 2 }, 2],
      ]),
      headers: new Headers({ accept: 'text/html' }),
      query: new URLSearchParams('a=1&a=2&b=3'),
      form,
      boxed: [Object(true), Object(7), Object('x'), Object(7n)],
      numbers: [Number.NaN, Number.POSITIVE_INFINITY, 1],
      error: new AggregateError([new Error('one')], 'all'),
    }),
  ).toEqual({
    map: [
      [{ a: 1 }, 1],
      [{ b: 2 }, 2],
    ],
    headers: { accept: 'text/html' },
    query: { a: ['1', '2'], b: '3' },
    form: { city: 'Ulm', file: '[File of 3 bytes]' },
    boxed: [true, 7, 'x', '7'],
    numbers: ['NaN', 'Infinity', 1],
    error: { name: 'AggregateError', message: 'all', errors: [{ name: 'Error', message: 'one' }] },
  });
});
