import { DataRedactor } from '../../src/index';
import { mustGo } from './must-go';
import { mustStay } from './must-stay';

const redactor = new DataRedactor();

const clean = (given: unknown): unknown =>
  typeof given === 'string' ? redactor.redactText(given) : redactor.redact(given);

test('each list has 300 rows or more', () => {
  expect(mustGo.length).toBeGreaterThanOrEqual(300);
  expect(mustStay.length).toBeGreaterThanOrEqual(300);
});

test('of what must go, all goes', () => {
  const seen = mustGo.filter(([given, secret]) => JSON.stringify(clean(given)).includes(secret));
  expect(seen.map(([given]) => given)).toEqual([]);
});

test('of what must stay, nothing is changed', () => {
  const changed = mustStay.filter((given) => JSON.stringify(clean(given)) !== JSON.stringify(given));
  expect(changed).toEqual([]);
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
