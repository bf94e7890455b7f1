// How long the redaction of hostile payloads takes: `npm run bench:redaction`. Each is of 1 MB, in ten shapes: the texts
// below stand in lists, fields, maps and so on. Fails where one takes longer than the goal.
import { performance } from 'node:perf_hooks';
import { DataRedactor } from 'trefoil';

const goalMs = 50;
const size = 1_048_576;
const textLength = 16_384;
const rounds = 3;

/** What begins like a secret, over and over: each aims at one way of looking for them. */
const units = [
  'a',
  'aA1_',
  ' ',
  '\n',
  '=',
  'a=',
  'password=',
  'password="',
  'password={',
  'password: must ',
  'password=true ',
  'password for a b ',
  'a for b c=',
  'token token=',
  '-----BEGIN RSA PRIVATE KEY-----',
  '-----BEGIN ',
  '://',
  '://a:',
  '://a:b@',
  '%3a%2f%2f',
  '%3a%2f%2fa%40',
  'bearer ',
  'basic +',
  'basic dXNlcjpwYXNz ',
  'eyJ.',
  'eyJa',
  'sk-sk-A1',
  'ghp_',
  'xoxb-1a ',
  '4242 ',
  '4242-4242-4242-4242 ',
  '4242424242424242 ',
  '<',
  '<password>',
  '<a ',
  '&lt;password&gt;',
  '{"',
  '{"a":',
  '{"token":"',
  '[[',
  '[0,',
  '"',
  "'",
  '\\"',
  '--a ',
  '--password ',
  '?key=',
  'mysql ',
  'mysql -',
  'mysql -pa ',
  'identified by ',
  "password 'a' ",
  'authorization: a\n ',
  'form-data; name="a"',
  'form-data; name=password\n\n',
  'form-data; name=password\n',
  'form-data;\n',
  'name="password" ',
  '%25',
  '%3d',
  'ｐ＝',
  '\ufdfa',
  '\u200b=',
  '\u001b[',
  '\u001b[1',
];

const filled = (text: string, length: number): string => text.repeat(Math.ceil(length / text.length)).slice(0, length);
const times = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, at) => make(at));
const nested = (levels: number, text: string): object =>
  levels === 0 ? { text } : { text, inner: nested(levels - 1, text) };
const chained = (count: number, message: string): Error =>
  count === 0 ? new Error(message) : new Error(message, { cause: chained(count - 1, message) });

/** A payload of about 1 MB, made of one text. */
const shapes: Readonly<Record<string, (unit: string) => unknown>> = {
  'one long text': (unit) => filled(unit, size),
  'a list of long texts': (unit) => times(size / textLength, () => filled(unit, textLength)),
  'many small texts': (unit) => times(100, () => times(100, () => filled(unit, 100))),
  'nested objects': (unit) => times(64, () => nested(20, filled(unit, 780))),
  'fields of an object': (unit) => Object.fromEntries(times(10_000, (at) => [`field${at}`, filled(unit, 100)])),
  'names of fields': (unit) => Object.fromEntries(times(10_000, (at) => [`${at}${filled(unit, 95)}`, at])),
  'a map': (unit) => new Map(times(1_000, (at) => [`${filled(unit, 40)}${at}`, filled(unit, 1_000)])),
  'errors with causes': (unit) => times(64, () => chained(9, filled(unit, 1_638))),
  'JSON in a text': (unit) =>
    times(64, () => JSON.stringify({ body: JSON.stringify(times(16, () => filled(unit, 500))) })),
  'a form': (unit) =>
    new URLSearchParams(times(1_000, (at) => [`${at % 10}`, filled(unit, 1_000)] as [string, string])),
};

/** What costs nothing, however large it is. */
const large: Readonly<Record<string, () => unknown>> = {
  'a typed array of 100 MB': () => new Float64Array(13_107_200),
  'a buffer of 100 MB': () => Buffer.alloc(104_857_600),
  'an error of 100 MB': () => new Error(Buffer.alloc(104_857_600, 'password=').toString('latin1')),
};

/** What users write, and what they should not. */
const patterns = [
  '\\b[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}\\b',
  '\\b\\d{3}-\\d{2}-\\d{4}\\b',
  '(a+)+$',
  '\\s+$',
];

interface Slowest {
  readonly unit: string;
  readonly ms: number;
}

/** On a machine that has other things to do, what this process took of it counts. */
function timeOf(redactor: DataRedactor, payload: unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round += 1) {
    const [start, spent] = [performance.now(), process.cpuUsage()];
    redactor.redact(payload);
    const { user, system } = process.cpuUsage(spent);
    best = Math.min(best, performance.now() - start, (user + system) / 1_000);
    if (best < goalMs / 2) break;
  }
  return best;
}

function slowest(redactor: DataRedactor, shape: (unit: string) => unknown): Slowest {
  let worst = { unit: '', ms: 0 };
  for (const unit of units.flatMap((each) => [each, `${each}!`])) {
    const ms = timeOf(redactor, shape(unit));
    if (ms > worst.ms) worst = { unit, ms };
  }
  return worst;
}

function report(name: string, { unit, ms }: Slowest): void {
  const what = unit === '' ? '' : `, for ${JSON.stringify(unit)}`;
  console.log(`${name.padEnd(60)} ${ms.toFixed(2).padStart(8)} ms at most${what}`);
  if (ms > goalMs) process.exitCode = 1;
}

const shipped = new DataRedactor();
for (const [name, shape] of Object.entries(shapes)) report(name, slowest(shipped, shape));
for (const [name, make] of Object.entries(large)) report(name, { unit: '', ms: timeOf(shipped, make()) });
for (const pattern of patterns) {
  const redactor = new DataRedactor({ patterns: [pattern] });
  report(
    `one long text, with the pattern ${pattern}`,
    slowest(redactor, (unit) => filled(unit, size)),
  );
}
