/** One request of W3C's own test suite for Trace Context (w3c/trace-context, test/test.py), or of the same kind. */
export interface HeaderCase {
  readonly what: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The trace id that is to be taken over; none where the header is to be refused. */
  readonly traceId: string | undefined;
  /** The `tracestate` that goes on; `undefined` where it is to be dropped. Not looked at where it is left out. */
  readonly tracestate?: string | undefined;
}

const id = '12345678901234567890123456789012';
const parent = '1234567890123456';
const base = `00-${id}-${parent}-00`;

function parentCase(what: string, value: string, traceId: string | undefined): HeaderCase {
  return { what: `${what}: ${JSON.stringify(value)}`, headers: [['traceparent', value]], traceId };
}

function stateCase(what: string, values: readonly string[], tracestate: string | undefined): HeaderCase {
  const states = values.map((value) => ['tracestate', value] as const);
  const shown = JSON.stringify(values);
  const name = shown.length > 80 ? `${shown.slice(0, 60)}… (${shown.length})` : shown;
  return { what: `${what}: ${name}`, headers: [['traceparent', base], ...states], traceId: id, tracestate };
}

const range = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => String.fromCharCode(from + index)).join('');
const keyCharacters = `${range(0x61, 0x7a)}0123456789_-*/`;
const valueCharacters = range(0x20, 0x2b) + range(0x2d, 0x3c) + range(0x3e, 0x7e);
const bars = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index).padStart(2, '0'))
    .map((number) => `bar${number}=${number}`)
    .join(',');

const refusedParents: readonly (readonly [string, string])[] = [
  ['version 00 with more behind it', `00-${id}-${parent}-01.`],
  ['version 00 with more behind it', `00-${id}-${parent}-01-`],
  ['version 00 with more behind it', `00-${id}-${parent}-01-what-the-future-will-be-like`],
  ['a later version with more, but not behind a dash', `cc-${id}-${parent}-01.what-the-future-will-be-like`],
  ['a later version with more, but not behind a dash', `cc-${id}-${parent}-011`],
  ['version ff', `ff-${id}-${parent}-01`],
  ['version ff', `ff-${id}-${parent}-01-what-the-future-will-be-like`],
  ['illegal characters in the version', `.0-${id}-${parent}-01`],
  ['illegal characters in the version', `0.-${id}-${parent}-01`],
  ['illegal characters in the version', `0x-${id}-${parent}-01`],
  ['upper case in the version', `CC-${id}-${parent}-01`],
  ['version too long', `000-${id}-${parent}-01`],
  ['version too long', `0000-${id}-${parent}-01`],
  ['version too short', `0-${id}-${parent}-01`],
  ['no version', `-${id}-${parent}-01`],
  ['no version', `${id}-${parent}-01`],
  ['a trace id of zeros', `00-${'0'.repeat(32)}-${parent}-01`],
  ['a trace id of zeros in a later version', `cc-${'0'.repeat(32)}-${parent}-01`],
  ['illegal characters in the trace id', `00-.2345678901234567890123456789012-${parent}-01`],
  ['illegal characters in the trace id', `00-1234567890123456789012345678901.-${parent}-01`],
  ['illegal characters in the trace id', `00-1234567890123456-789012345678901-${parent}-01`],
  ['upper case in the trace id', `00-1234567890123456789012345678901A-${parent}-01`],
  ['a trace id that is too long', `00-123456789012345678901234567890123-${parent}-01`],
  ['a trace id that is too short', `00-1234567890123456789012345678901-${parent}-01`],
  ['no trace id', `00--${parent}-01`],
  ['a parent id of zeros', `00-${id}-0000000000000000-01`],
  ['illegal characters in the parent id', `00-${id}-.234567890123456-01`],
  ['illegal characters in the parent id', `00-${id}-123456789012345.-01`],
  ['upper case in the parent id', `00-${id}-123456789012345F-01`],
  ['a parent id that is too long', `00-${id}-12345678901234567-01`],
  ['a parent id that is too short', `00-${id}-123456789012345-01`],
  ['no parent id', `00-${id}--01`],
  ['illegal characters in the flags', `00-${id}-${parent}-.0`],
  ['illegal characters in the flags', `00-${id}-${parent}-0.`],
  ['upper case in the flags', `00-${id}-${parent}-0A`],
  ['flags that are too long', `00-${id}-${parent}-001`],
  ['flags that are too short', `00-${id}-${parent}-1`],
  ['no flags', `00-${id}-${parent}-`],
  ['no flags', `00-${id}-${parent}`],
  ['nothing', ''],
  ['blanks alone', ' \t '],
  ['dashes alone', '---'],
  ['other separators', `00_${id}_${parent}_01`],
  ['other separators', `00:${id}:${parent}:01`],
  ['blanks inside', `00 -${id}-${parent}-01`],
  ['blanks inside', `00-${id}-${parent}- 01`],
  ['white space that HTTP does not know', `\u00a000-${id}-${parent}-01`],
  ['a line feed behind it', `00-${id}-${parent}-01\n`],
  ['a line feed before it', `\n00-${id}-${parent}-01`],
  ['a carriage return behind it', `00-${id}-${parent}-01\r`],
  ['a zero byte', `00-${id}-${parent}-01\0`],
  ['digits of another script', `00-${id.replace('1', '\u0661')}-${parent}-01`],
  ['wide digits', `00-${id.replace('1', '\uff11')}-${parent}-01`],
  ['two headers in one', `00-${id}-${parent}-01,00-${id}-${parent}-01`],
  ['two headers in one', `00-${id}-${parent}-01, 00-${id}-${parent}-01`],
  ['two headers in one of a later version', `cc-${id}-${parent}-01, cc-${id}-${parent}-01`],
  ['quotes around it', `"00-${id}-${parent}-01"`],
  ['another format', `${id}-${parent}-1`],
  ['another format', `${id}:${parent}:0:01`],
  ['another format', `{"traceparent":"00-${id}-${parent}-01"}`],
  ['64 KB of digits', '0'.repeat(65_536)],
  ['64 KB behind it', `00-${id}-${parent}-01${'-'.repeat(65_536)}`],
];

const takenParents: readonly (readonly [string, string])[] = [
  ['version 00', `00-${id}-${parent}-01`],
  ['version 00, not sampled', `00-${id}-${parent}-00`],
  ['flags that are not known', `00-${id}-${parent}-ff`],
  ['the flag of a random trace id', `00-${id}-${parent}-03`],
  ['version 01', `01-${id}-${parent}-00`],
  ['a later version', `cc-${id}-${parent}-01`],
  ['a later version with more behind it', `cc-${id}-${parent}-01-what-the-future-will-be-like`],
  ['a later version with a dash behind it', `cc-${id}-${parent}-01-`],
  ['the last version', `fe-${id}-${parent}-01`],
  ['a blank before it', ` 00-${id}-${parent}-01`],
  ['a tab before it', `\t00-${id}-${parent}-01`],
  ['a blank behind it', `00-${id}-${parent}-01 `],
  ['a tab behind it', `00-${id}-${parent}-01\t`],
  ['blanks and tabs around it', `\t 00-${id}-${parent}-01 \t`],
];

const states: readonly (readonly [string, readonly string[], string | undefined])[] = [
  ['two members', ['foo=1,bar=2'], 'foo=1,bar=2'],
  ['an empty header', [''], undefined],
  ['an empty header behind another', ['foo=1', ''], 'foo=1'],
  ['an empty header before another', ['', 'foo=1'], 'foo=1'],
  ['several headers', ['foo=1,bar=2', 'rojo=1,congo=2', 'baz=3'], 'foo=1,bar=2,rojo=1,congo=2,baz=3'],
  ['the same key twice', ['foo=1,foo=1'], 'foo=1'],
  ['the same key with another value', ['foo=1,foo=2,bar=3'], 'foo=1,bar=3'],
  ['the same key in two headers', ['foo=1', 'foo=1'], 'foo=1'],
  ['the same key with another value in two headers', ['foo=1', 'foo=2'], 'foo=1'],
  ['every character allowed', [`${keyCharacters}=${valueCharacters}`], `${keyCharacters}=${valueCharacters}`],
  [
    'every character allowed, with a tenant',
    [`${keyCharacters}@a-z0-9_-*/=${valueCharacters}`],
    `${keyCharacters}@a-z0-9_-*/=${valueCharacters}`,
  ],
  ['blanks around commas', ['foo=1 \t , \t bar=2, \t baz=3'], 'foo=1,bar=2,baz=3'],
  ['tabs around commas', ['foo=1\t \t,\t \tbar=2,\t \tbaz=3'], 'foo=1,bar=2,baz=3'],
  ['a blank before it', [' foo=1'], 'foo=1'],
  ['a tab before it', ['\tfoo=1'], 'foo=1'],
  ['a blank behind it', ['foo=1 '], 'foo=1'],
  ['a tab behind it', ['foo=1\t'], 'foo=1'],
  ['blanks and tabs around it', ['\t foo=1 \t'], 'foo=1'],
  ['empty members', ['foo=1,,bar=2,'], 'foo=1,bar=2'],
  ['a key with a blank', ['foo =1'], undefined],
  ['a key in upper case', ['FOO=1'], undefined],
  ['a key with a dot', ['foo.bar=1'], undefined],
  ['a key of nothing', ['=1'], undefined],
  ['a key that begins with an underscore', ['_foo=1'], undefined],
  ['a key that begins with a digit (Level 2)', ['1foo=1'], '1foo=1'],
  ['a key that ends with an at sign', ['foo@=1,bar=2'], 'foo@=1,bar=2'],
  ['a key that begins with an at sign', ['@foo=1,bar=2'], undefined],
  ['two at signs', ['foo@@bar=1,bar=2'], 'foo@@bar=1,bar=2'],
  ['two at signs apart', ['foo@bar@baz=1,bar=2'], 'foo@bar@baz=1,bar=2'],
  ['a tenant that begins with a digit', ['1foo@bar=1'], '1foo@bar=1'],
  ['a digit behind an at sign', ['foo@1bar=1'], 'foo@1bar=1'],
  ['32 members', [bars(1, 10), bars(11, 20), bars(21, 30), bars(31, 32)], bars(1, 32)],
  ['33 members', [bars(1, 10), bars(11, 20), bars(21, 30), bars(31, 33)], undefined],
  ['a key of 256 characters', ['foo=1', `${'z'.repeat(256)}=1`], `foo=1,${'z'.repeat(256)}=1`],
  ['a key of 257 characters', ['foo=1', `${'z'.repeat(257)}=1`], undefined],
  [
    'a tenant of 241 and a vendor of 14',
    ['foo=1', `${'t'.repeat(241)}@${'v'.repeat(14)}=1`],
    `foo=1,${'t'.repeat(241)}@${'v'.repeat(14)}=1`,
  ],
  ['an at sign as character 243', ['foo=1', `${'t'.repeat(242)}@v=1`], `foo=1,${'t'.repeat(242)}@v=1`],
  ['15 characters behind an at sign', ['foo=1', `t@${'v'.repeat(15)}=1`], `foo=1,t@${'v'.repeat(15)}=1`],
  ['a value of 256 characters', [`foo=${'x'.repeat(256)}`], `foo=${'x'.repeat(256)}`],
  ['a value of 257 characters', [`foo=${'x'.repeat(257)}`], undefined],
  ['a value with an equals sign', ['foo=bar=baz'], undefined],
  ['a value of nothing', ['foo=,bar=3'], undefined],
  ['a member without an equals sign', ['foo'], undefined],
  ['a value with a control character', ['foo=\u0001'], undefined],
  ['a value with a line feed', ['foo=1\nbar=2'], undefined],
  ['a value that is not ASCII', ['foo=\u00e9'], undefined],
  ['64 KB', [`foo=${'x'.repeat(65_536)}`], undefined],
  ['thousands of members', [Array.from({ length: 5_000 }, (_, index) => `k${index}=1`).join(',')], undefined],
];

/** Every case, as facts: what is sent, and what has to come of it. */
export const headerCases: readonly HeaderCase[] = [
  ...refusedParents.map(([what, value]) => parentCase(what, value, undefined)),
  ...takenParents.map(([what, value]) => parentCase(what, value, id)),
  ...states.map(([what, values, tracestate]) => stateCase(what, values, tracestate)),
  { what: 'no headers', headers: [], traceId: undefined },
  {
    what: 'two traceparents',
    headers: [
      ['traceparent', `00-12345678901234567890123456789011-${parent}-01`],
      ['traceparent', `00-${id}-${parent}-01`],
    ],
    traceId: undefined,
  },
  { what: 'a tracestate without a traceparent', headers: [['tracestate', 'foo=1']], traceId: undefined },
  ...['TraceState', 'TrAcEsTaTe', 'TRACESTATE'].map((name) => ({
    what: `a tracestate called ${name}`,
    headers: [['traceparent', base] as const, [name, 'foo=1'] as const],
    traceId: id,
    tracestate: 'foo=1',
  })),
  ...['trace-state', 'trace.state'].map((name) => ({
    what: `a tracestate called ${name}`,
    headers: [['traceparent', base] as const, [name, 'foo=1'] as const],
    traceId: id,
    tracestate: undefined,
  })),
  {
    what: 'a tracestate of two members without a traceparent',
    headers: [['tracestate', 'foo=1,bar=2']],
    traceId: undefined,
  },
  ...['trace-parent', 'trace.parent', 'trace_parent'].map((name) => ({
    what: `a traceparent called ${name}`,
    headers: [[name, base] as const],
    traceId: undefined,
  })),
  ...['TraceParent', 'TrAcEpArEnT', 'TRACEPARENT'].map((name) => ({
    what: `a traceparent called ${name}`,
    headers: [[name, base] as const],
    traceId: id,
  })),
];
