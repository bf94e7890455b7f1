import { escapeText } from '../redaction/escape-text';
import { idsOf, nameOf, type Line } from './render-line';

/**
 * What is on a line beside its level and message, for a logger that writes it in its own way: every name and text is made
 * safe for one line, and cannot pose as the line's own. What has no room left is counted in the field `…`.
 */
export function safeFields(
  { fields, ids, service, environment }: Pick<Line, 'fields' | 'ids' | 'service' | 'environment'>,
  room: number,
): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  let used = 0;
  let left = 0;
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const name = escapeText(nameOf(key, ids, fields));
    const shown = escapedValue(value);
    const length = name.length + JSON.stringify(shown).length;
    if (used + length > room) left += 1;
    else {
      used += length;
      define(safe, name, shown);
    }
  }
  if (left > 0) safe['…'] = `[Truncated ${left} fields]`;
  if (service !== undefined) safe['service'] = escapeText(service);
  if (environment !== undefined) safe['environment'] = escapeText(environment);
  for (const [name, id] of idsOf(ids)) safe[name] = escapeText(id);
  return safe;
}

/** A value that the redactor has copied, and so is of plain data. */
function escapedValue(value: unknown): unknown {
  if (typeof value === 'string') return escapeText(value);
  if (Array.isArray(value)) return value.map(escapedValue);
  if (typeof value !== 'object' || value === null) return value;
  const escaped: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) define(escaped, escapeText(key), escapedValue(item));
  return escaped;
}

/** A plain assignment of `__proto__` would set the prototype. */
function define(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') target[name] = value;
  else Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}
