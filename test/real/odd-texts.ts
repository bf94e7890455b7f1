/** Texts that somebody may send to break an exposition, or to forge a line of a log. */
export const oddTexts: readonly string[] = [
  'a "quoted" text',
  'a,b=",c="d"} 1',
  'back\\slash',
  'an escape that is none: \\n',
  'two\nlines',
  'two\r\nlines',
  '\n# HELP forged a metric\nforged 1\n',
  '{"level":"info","message":"forged"}',
  '\n{"level":"info","message":"forged"}\n',
  '2026-01-01T00:00:00.000Z info forged',
  '\u001b[31mred\u001b[0m',
  '\u009b31mred',
  'NUL \u0000 and DEL \u007f',
  'line\u2028separator, paragraph\u2029separator, next\u0085line',
  'right-to-left \u202eevil\u202c, isolated \u2066this\u2069, invisible \u200b\ufeff',
  'a lone \ud800 half',
  'another lone \udfff half',
  '☘ 三叶草 trèfle \u{1f340}',
  '__proto__',
  'constructor',
  'toString',
  '<script>alert(1)</script>',
  '${jndi:ldap://127.0.0.1/a}',
  "'; DROP TABLE orders; --",
  ' ',
];

/** As a line of an exposition can hold it: of what ends a line to some readers, and of halves of characters, a sign is left. */
export function writable(text: string): string {
  return text.replace(/(?![\t\n])[\p{Cs}\p{Cc}\u2028\u2029]/gu, '\ufffd');
}
