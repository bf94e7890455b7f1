import { escapeJson, escapeText } from '../redaction/escape-text';
import type { LogFields, LogIds, LogLevel } from './logger';
import { splitStacks } from './stack-lines';

/** How long a line may be, in characters; of a longer one fields, and of a long message its end, are left out. */
export const maxLineLength = 65_536;
const maxMessageLength = 16_384;

/** Everything about a line. All of it is without secrets. */
export interface Line {
  readonly level: LogLevel;
  readonly message: string;
  readonly service: string | undefined;
  readonly environment: string | undefined;
  readonly fields: LogFields;
  readonly ids: LogIds;
  /** Default: the time at which it is put together. */
  readonly timestamp?: string;
}

/** Puts a line together. */
export type Render = (line: Line) => string;

/** The line's own names; a field that is called so is written as `field_…`. */
const ownNames = new Set([
  'timestamp',
  'level',
  'message',
  'service',
  'environment',
  'trace_id',
  'span_id',
  'correlation_id',
]);

/** One JSON object. */
export function renderJson(line: Line): string {
  const { level, message, fields } = line;
  const head = `{"timestamp":"${line.timestamp ?? timestamp()}","level":"${level}","message":`;
  const tail = originJson(line) + idsJson(line.ids);
  const whole = `${head}${quoteJson(message)}${tail}${fieldsJson(fields, line.ids)}}`;
  if (whole.length <= maxLineLength) return whole;
  const cut = `${head}${quoteJson(cutText(message, maxMessageLength))}${tail}`;
  // Escapes make up to six characters of one.
  const start = cut.length <= maxLineLength / 2 ? cut : `${head}${quoteJson(cutText(message, 2_048))}${tail}`;
  return `${start}${fieldsJson(fields, line.ids, maxLineLength - start.length - 1)}}`;
}

/**
 * Text for people, with the fields as `name=value` behind the message, and the stacks of what was thrown and of its causes
 * on lines of their own. These are indented and escaped: only what the logger itself begins is at the start of a line.
 */
export function renderReadable(line: Line): string {
  const { level, message, service, environment, ids } = line;
  const parts = [
    line.timestamp ?? timestamp(),
    level.toUpperCase().padEnd(8),
    ...(service === undefined ? [] : [`[${service}]`]),
    message,
  ];
  const { rest, stacks } = splitStacks(line.fields);
  for (const [key, value] of Object.entries(rest)) {
    const text = typeof value === 'string' ? quoted(value) : typeof value === 'number' ? `${value}` : jsonOf(value);
    if (text !== undefined) parts.push(`${quoted(nameOf(key, ids, line.fields))}=${text}`);
  }
  for (const [key, value] of idsOf(ids)) parts.push(`${key}=${quoted(value)}`);
  if (environment !== undefined) parts.push(`environment=${quoted(environment)}`);
  return cutText([parts.join(' '), ...stacks].map(escapeText).join('\n'), maxLineLength);
}

/** Of a prepared line, all that never changes, between the timestamp and the fields that do. */
export function preparedJson({ level, message, fields, ...origin }: Omit<Line, 'ids'>): string {
  return `,"level":"${level}","message":${quoteJson(message)}${originJson(origin)}${fieldsJson(fields, {})}`;
}

/** A prepared line with what has changed; `undefined` where it becomes too long. */
export function renderPrepared(prepared: string, fields: LogFields, ids: LogIds): string | undefined {
  const line = `{"timestamp":"${timestamp()}"${prepared}${idsJson(ids)}${fieldsJson(fields, ids)}}`;
  return line.length <= maxLineLength ? line : undefined;
}

function originJson({ service, environment }: Pick<Line, 'service' | 'environment'>): string {
  let text = service === undefined ? '' : `,"service":${quoteJson(service)}`;
  if (environment !== undefined) text += `,"environment":${quoteJson(environment)}`;
  return text;
}

/** The ids by the names that they have on a line. */
export function idsOf({ traceId, spanId, correlationId, requestId }: LogIds): [name: string, id: string][] {
  const named: [string, string | undefined][] = [
    ['trace_id', traceId],
    ['span_id', spanId],
    ['correlation_id', correlationId],
    ['request_id', requestId],
  ];
  return named.filter((entry): entry is [string, string] => entry[1] !== undefined);
}

// Written out rather than looped over: it runs for every call (bench: log line).
function idsJson({ traceId, spanId, correlationId, requestId }: LogIds): string {
  let text = '';
  if (traceId !== undefined) text += `,"trace_id":${quoteJson(traceId)}`;
  if (spanId !== undefined) text += `,"span_id":${quoteJson(spanId)}`;
  if (correlationId !== undefined) text += `,"correlation_id":${quoteJson(correlationId)}`;
  if (requestId !== undefined) text += `,"request_id":${quoteJson(requestId)}`;
  return text;
}

/** Fields behind others: `,"name":value` for each. What has no room left is told by its length. */
function fieldsJson(fields: LogFields, ids: LogIds, room = Number.POSITIVE_INFINITY): string {
  let text = '';
  let left = 0;
  for (const key in fields) {
    const value = valueJson(fields[key]);
    if (value === undefined) continue;
    const field = `${nameJson(key, ids, fields)}${value}`;
    // Room for the note of what is left out.
    if (text.length + field.length <= room - 64) text += field;
    else left += 1;
  }
  return left === 0 ? text : `${text},"…":"[Truncated ${left} fields]"`;
}

function valueJson(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return quoteJson(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : `"${value}"`;
    case 'boolean':
      return value ? 'true' : 'false';
    default: {
      const json = jsonOf(value);
      return json === undefined || isPlain(json) ? json : escapeJson(json);
    }
  }
}

function jsonOf(value: unknown): string | undefined {
  return JSON.stringify(value);
}

/** Names come from source code: there are few, and each is used over and over. */
const knownNames = new Map<string, string>();
const maxKnownNames = 1_000;

function nameJson(key: string, ids: LogIds, fields: LogFields): string {
  const known = key === 'request_id' ? undefined : knownNames.get(key);
  if (known !== undefined) return known;
  const name = nameOf(key, ids, fields);
  const text = `,${quoteJson(name)}:`;
  if (name === key && key !== 'request_id' && knownNames.size < maxKnownNames) knownNames.set(key, text);
  return text;
}

/** Under which name a field is written: it cannot pose as one of the line's own, nor as another field. */
export function nameOf(key: string, ids: LogIds, fields: LogFields): string {
  return ownNames.has(key) || (key === 'request_id' && ids.requestId !== undefined) ? freeName(key, fields) : key;
}

function freeName(key: string, fields: LogFields): string {
  let name = `field_${key}`;
  while (Object.hasOwn(fields, name)) name = `field_${name}`;
  return name;
}

/** The same fields, with those that another library would take for its own under a name that it does not know. */
export function renamed(fields: LogFields, taken: ReadonlySet<string>): LogFields {
  if (!Object.keys(fields).some((key) => taken.has(key))) return fields;
  // `fromEntries` defines what it is given: no name sets the prototype.
  const entries = Object.entries(fields);
  return Object.fromEntries(entries.map(([key, value]) => [taken.has(key) ? freeName(key, fields) : key, value]));
}

/** Nothing in it has to be escaped, be it for JSON or for the terminal. */
function isPlain(text: string): boolean {
  return !/[^ -~]/.test(text);
}

function quoteJson(text: string): string {
  return /[^ !#-[\]-~]/.test(text) ? escapeJson(JSON.stringify(text)) : `"${text}"`;
}

export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const kept = length - 40;
  return `${text.slice(0, kept)}… [Truncated ${text.length - kept} characters]`;
}

/** So that `a b=c` cannot pose as a field `b`. */
function quoted(text: string): string {
  return /^[\w.:/+-]+$/.test(text) ? text : JSON.stringify(text);
}

let writtenAtMs = Number.NaN;
let writtenAt = '';

/** The time as it is written; made once for all lines of a millisecond. */
export function timestamp(): string {
  const now = Date.now();
  if (now !== writtenAtMs) {
    writtenAtMs = now;
    writtenAt = new Date(now).toISOString();
  }
  return writtenAt;
}
