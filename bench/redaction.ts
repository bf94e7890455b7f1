// How long the redaction of hostile texts takes: `npm run bench:redaction`. Fails where one takes longer than the goal.
import { performance } from 'node:perf_hooks';
import { DataRedactor } from 'trefoil';

const goalMs = 50;
const length = 1_048_576;

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
  'password for a b ',
  'a for b c=',
  '-----BEGIN RSA PRIVATE KEY-----',
  '://',
  '://a:',
  '%3a%2f%2f',
  'bearer ',
  'basic +',
  'eyJ.',
  'eyJa',
  '<',
  '<password>',
  '<a ',
  '&lt;password&gt;',
  '{"',
  '{"a":',
  '[[',
  '"',
  "'",
  '\\"',
  '--a ',
  '--password ',
  '?key=',
  'mysql ',
  'mysql -',
  'form-data; name="a"',
  'form-data; name=password\n\n',
  'form-data;\n',
  'name="password" ',
  '%25',
  '%3d',
  'ｐ＝',
  '\u200b=',
  '\u001b[',
  '\u001b[1',
];

/** What users write, and what they should not. */
const patterns = [
  '\\b[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}\\b',
  '\\b\\d{3}-\\d{2}-\\d{4}\\b',
  '(a+)+$',
  '\\s+$',
];

function slowest(redactor: DataRedactor): { readonly unit: string; readonly ms: number } {
  let worst = { unit: '', ms: 0 };
  for (const unit of units) {
    for (const text of [unit, `${unit}!`]) {
      const hostile = text.repeat(Math.ceil(length / text.length)).slice(0, length);
      let best = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 3; round += 1) {
        const start = performance.now();
        redactor.redactText(hostile);
        best = Math.min(best, performance.now() - start);
      }
      if (best > worst.ms) worst = { unit: text, ms: best };
    }
  }
  return worst;
}

for (const [name, redactor] of [
  ['shipped rules', new DataRedactor()],
  ...patterns.map((pattern) => [pattern, new DataRedactor({ patterns: [pattern] })] as const),
] as const) {
  const { unit, ms } = slowest(redactor);
  console.log(`${name.padEnd(60)} ${ms.toFixed(2).padStart(8)} ms at most, for ${JSON.stringify(unit)} over 1 MB`);
  if (name === 'shipped rules' && ms > goalMs) process.exitCode = 1;
}
