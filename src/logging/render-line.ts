import { escapeJson, escapeText } from '../redaction/escape-text';
import type { LogFields } from './logger';

/** What winston hands on. The fields have a place of their own: beside the level, `exception: true` is an order to it. */
export interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** One JSON object. */
export function renderJson({ level, message, fields }: Line): string {
  const head = { timestamp: new Date().toISOString(), level, message };
  return escapeJson(JSON.stringify({ ...head, ...fields, ...head }));
}

/** Text for people, with the fields as `name=value` behind the message. */
export function renderReadable({ level, message, fields: { service, ...fields } }: Line): string {
  const details = Object.entries(fields).map(
    ([key, value]) => `${quoted(key)}=${typeof value === 'string' ? quoted(value) : JSON.stringify(value)}`,
  );
  const line = [new Date().toISOString(), level.toUpperCase().padEnd(8), `[${String(service)}]`, message, ...details];
  return escapeText(line.join(' '));
}

/** So that `a b=c` cannot pose as a field `b`. */
function quoted(text: string): string {
  return /^[\w.:/+-]+$/.test(text) ? text : JSON.stringify(text);
}
