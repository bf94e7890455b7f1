import { format } from 'node:util';
import { errorMessageOf } from '../call/error-chain';
import { readError } from '../call/error-type';
import { isError } from '../diagnostics';
import type { DataRedactor } from '../redaction/data-redactor';
import { functionText } from '../redaction/function-text';
import { errorFields } from './error-fields';
import type { LogEntry, LogFields, LogIds, LogLevel } from './logger';

/** What a line says, without secrets. */
export interface Said {
  readonly message: string;
  readonly fields: LogFields;
}

const directive = /%[sdifjoOc%]/g;
/** What takes an object whole. */
const takesObjects: ReadonlySet<string> = new Set(['%j', '%o', '%O']);
/** Under which names an error among the fields is the error of the line. */
const errorNames = ['err', 'error'] as const;

/** How `log` was called. */
export interface LogCall {
  readonly level: LogLevel;
  readonly message: unknown;
  readonly details: readonly unknown[];
  /** Whether what is in the message is not looked for `%s`. */
  readonly isAsItIs: boolean;
  readonly ids: LogIds | undefined;
}

const idNames: ReadonlySet<string> = new Set([
  'traceId',
  'spanId',
  'correlationId',
  'requestId',
] satisfies (keyof LogIds)[]);

/** Tells the ways to call `log` apart: level and message, with ids behind the fields or without, and one object. */
export function readLogCall(level: LogLevel | LogEntry, message: unknown, details: readonly unknown[]): LogCall {
  if (typeof level === 'object' && level !== null) {
    const { level: own, message: text, ...fields } = level;
    return { level: own, message: text, details: [fields], isAsItIs: true, ids: undefined };
  }
  const [fields, ids] = details;
  const hasIds = details.length === 2 && (fields === undefined || isFields(fields)) && isIds(ids);
  if (hasIds) return { level, message, details: fields === undefined ? [] : [fields], isAsItIs: true, ids };
  return { level, message, details, isAsItIs: false, ids: undefined };
}

function isIds(value: unknown): value is LogIds {
  if (!isFields(value)) return false;
  const names = Object.keys(value);
  return names.length > 0 && names.every((name) => idNames.has(name));
}

/**
 * Reads the arguments of a logging method: a message, values for its `%s`, an error, fields, in any order that winston's
 * and pino's users write them in. What has no place in the message is a field, so that nothing is lost.
 */
export function readSaid({ message, details, isAsItIs }: LogCall, redactor: DataRedactor): Said {
  if (typeof message === 'string' && details.length === 0) return { message: redactor.redactText(message), fields: {} };
  return new Reading(redactor).read(message, details, isAsItIs);
}

/** What was thrown is the error of the line, whatever it is. */
export function readException(
  message: string,
  error: unknown,
  fields: LogFields | undefined,
  redactor: DataRedactor,
): Said {
  return {
    message: redactor.redactText(message),
    fields: { ...redactor.redactRecord(fields), ...errorFields(error, redactor) },
  };
}

class Reading {
  readonly #redactor: DataRedactor;
  readonly #fields: Record<string, unknown> = {};
  readonly #values: unknown[] = [];
  /** The error of the line: the first one. */
  #error: { readonly error: unknown } | undefined;

  constructor(redactor: DataRedactor) {
    this.#redactor = redactor;
  }

  read(message: unknown, details: readonly unknown[], isAsItIs: boolean): Said {
    const left = [...details];
    const found = this.#textOf(message, left);
    const text = isAsItIs ? found : this.#format(found, left);
    for (const detail of left) this.#take(detail);
    if (this.#values.length > 0) {
      this.#fields['value'] = this.#redactor.redact(this.#values.length === 1 ? this.#values[0] : this.#values);
    }
    if (this.#error !== undefined) Object.assign(this.#fields, errorFields(this.#error.error, this.#redactor));
    return { message: this.#redactor.redactText(text), fields: this.#fields };
  }

  /** pino has the message behind an object; winston has it in the object. */
  #textOf(message: unknown, left: unknown[]): string {
    if (typeof message !== 'object' || message === null || isList(message)) return message as string;
    const behind = typeof left[0] === 'string' ? (left.shift() as string) : undefined;
    if (isError(message)) {
      this.#take(message);
      return behind ?? errorMessageOf(message, this.#redactor);
    }
    const inside = readError(message, 'message');
    const error = errorNames.map((name) => readError(message, name)).find(isError);
    // It has a text to show for itself: JSON.
    if (behind === undefined && typeof inside !== 'string' && error === undefined) return message as unknown as string;
    this.#take(message);
    if (behind !== undefined) return behind;
    if (typeof inside !== 'string') return errorMessageOf(error, this.#redactor);
    delete this.#fields['message'];
    return inside;
  }

  /** Puts values in the place of `%s` and the like. An object at the end is fields, unless it is asked for as a whole. */
  #format(text: string, left: unknown[]): string {
    if (left.length === 0 || typeof text !== 'string' || !text.includes('%')) return text;
    const asked = [...text.matchAll(directive)].map(([found]) => found).filter((found) => found !== '%%');
    const used: unknown[] = [];
    for (const found of asked) {
      const isLast = left.length === 1;
      if (left.length === 0 || (isLast && isFields(left[0]) && !takesObjects.has(found))) break;
      used.push(this.#shown(left.shift()));
    }
    return used.length === 0 ? text : format(text, ...used);
  }

  #shown(value: unknown): unknown {
    if (typeof value === 'function') return functionText(value);
    if (!isError(value)) return typeof value === 'object' ? this.#redactor.redact(value) : value;
    this.#error ??= { error: value };
    return errorMessageOf(value, this.#redactor);
  }

  #take(detail: unknown): void {
    if (detail === undefined || detail === null) return;
    if (isError(detail)) {
      if (this.#error === undefined) this.#error = { error: detail };
      else this.#values.push(errorFields(detail, this.#redactor));
    } else if (isFields(detail)) {
      const fields = this.#redactor.redactRecord(detail);
      for (const name of errorNames) {
        const error = Object.hasOwn(fields, name) ? readError(detail, name) : undefined;
        if (this.#error !== undefined || !isError(error)) continue;
        this.#error = { error };
        delete fields[name];
      }
      // `assign` would set the prototype by a field of that name.
      Object.defineProperties(this.#fields, Object.getOwnPropertyDescriptors(fields));
    } else this.#values.push(detail);
  }
}

function isFields(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isList(value) && !isError(value);
}

/** It throws for a proxy that has been revoked. */
function isList(value: unknown): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}
