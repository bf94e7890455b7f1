import { DataRedactor } from '../redaction/data-redactor';
import { instanceOptions, isRecord } from './merge-sections';
import type { OptionsInForce, ResolvedOptions } from './options';

const removed = '[REDACTED]';

/** The options in force, frozen, without what opens a door: headers, keys, and user and password of addresses. */
export function showOptions({ metrics: { push, ...metrics }, ...options }: ResolvedOptions): OptionsInForce {
  const redactor = new DataRedactor(options.redaction);
  const pushed = metrics.backend === 'otlp' ? push : {};
  return show('', { ...options, metrics: { ...metrics, ...pushed } }, redactor) as OptionsInForce;
}

/** Instances are shown as they are, and neither looked into nor frozen. */
function show(name: string, value: unknown, redactor: DataRedactor): unknown {
  if (typeof value === 'string') return showText(name, value, redactor);
  if (instanceOptions.has(name) && !Array.isArray(value)) return value;
  if (Array.isArray(value)) return Object.freeze(value.map((each) => show(name, each, redactor)));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([key, each]): [string, unknown] => [
    key,
    name === 'headers' ? removed : show(key, each, redactor),
  ]);
  return Object.freeze(Object.fromEntries(entries));
}

function showText(name: string, text: string, redactor: DataRedactor): string {
  // What looks like the path of a key's file may be a key.
  if (name === 'key') return removed;
  if (name === 'trustedKeys') return text.startsWith('-----BEGIN PUBLIC KEY') ? text : removed;
  if (name !== 'url' && name !== 'endpoint') return text;
  return redactor.redactText(text.replace(/^([a-z]+:\/\/)[^/@]*@/i, `$1${removed}@`));
}
