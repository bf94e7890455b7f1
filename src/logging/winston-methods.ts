import type * as Winston from 'winston';
import { monotonicMs } from '../call/clock';
import { isError } from '../diagnostics';
import { logLevels } from './logger';
import type { LogCall } from './said';

/** What a level method was given, on its way through winston. */
const given = Symbol('given to trefoil');
const splat = Symbol.for('splat');

export type WinstonInfo = Readonly<Record<string | symbol, unknown>>;

/**
 * Gives a winston logger methods that write nothing on what they are given, and hand it on as it was said: winston's own
 * put level and symbols on the caller's object or error. Its children have them, too, and add what is theirs.
 */
export function replaceMethods(logger: Winston.Logger): void {
  const define = (name: string, write: (on: Winston.Logger, ...args: unknown[]) => unknown): void => {
    // As winston's own, they may be called without their logger, and give it back.
    const value = function (this: Winston.Logger | undefined, ...args: unknown[]): unknown {
      return write(this ?? logger, ...args) ?? this ?? logger;
    };
    Object.defineProperty(logger, name, { value, configurable: true, writable: true });
  };
  // `silent` is a property of winston's.
  for (const level of logLevels.filter((name) => name !== 'silent')) {
    define(level, (on, message, ...details) => void say(on, level, message, details));
  }
  define('log', (on, level, message, ...details) => {
    if (typeof level !== 'object' || level === null) void say(on, level, message, details);
    else writeTo(on, { ...metaOf(on), ...level });
  });
  const startedMs = new Map<unknown, number>();
  define('profile', (on, id, ...more) => {
    const started = startedMs.get(id);
    if (started === undefined) return void startedMs.set(id, monotonicMs());
    startedMs.delete(id);
    sayDuration(on, started, id, more.at(-1));
  });
  const own = Object.getPrototypeOf(logger) as Winston.Logger;
  define('startTimer', (on) => {
    const started = monotonicMs();
    const done = (...more: unknown[]): boolean => sayDuration(on, started, undefined, more.at(-1));
    return Object.assign(own.startTimer.call(on), { done });
  });
}

/** What a timer of winston's says at its end, which may be given the level, the message and the fields of the line. */
function sayDuration(logger: Winston.Logger, startedMs: number, name: unknown, end: unknown): boolean {
  const durationMs = Math.round(monotonicMs() - startedMs);
  if (typeof end !== 'object' || end === null || isError(end)) {
    return say(logger, 'info', name, isError(end) ? [end, { durationMs }] : [{ durationMs }], true);
  }
  const { level, message, ...fields } = end as Partial<Record<'level' | 'message', unknown>>;
  return say(logger, level ?? 'info', message ?? name, [fields, { durationMs }], true);
}

function say(
  logger: Winston.Logger,
  level: unknown,
  message: unknown,
  details: readonly unknown[],
  isAsItIs = false,
): boolean {
  const call = { level, message: message ?? '', details, isAsItIs, ids: undefined };
  return writeTo(logger, { ...metaOf(logger), level, message: call.message, [given]: call });
}

/** Also that of a child, which adds what is its own. */
function writeTo(logger: Winston.Logger, info: WinstonInfo): boolean {
  return (logger.write as (info: WinstonInfo) => unknown)(info) !== false;
}

function metaOf(logger: Winston.Logger): object {
  return (logger.defaultMeta ?? {}) as object;
}

/** What one of these methods was given, or what somebody has written to the stream that a winston logger is. */
export function readInfo(info: WinstonInfo): { readonly call: LogCall; readonly meta: WinstonInfo } {
  const { level, message, ...meta } = info;
  const call = info[given];
  if (call !== undefined) return { call: call as LogCall, meta };
  const values: readonly unknown[] = Array.isArray(info[splat]) ? (info[splat] as readonly unknown[]) : [];
  const details = [...values, meta];
  return { call: { level, message, details, isAsItIs: values.length === 0, ids: undefined } as LogCall, meta: {} };
}
