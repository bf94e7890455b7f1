import type * as Winston from 'winston';
import { logLevels } from './logger';
import type { LogCall } from './said';

/** What a level method was given, on its way through winston. */
const given = Symbol('given to trefoil');
const splat = Symbol.for('splat');

export type WinstonInfo = Readonly<Record<string | symbol, unknown>>;

type Write = (info: WinstonInfo) => unknown;

/**
 * Gives a winston logger methods that write nothing on what they are given, and hand it on as it was said: winston's own
 * put level and symbols on the caller's object or error. Its children have them, too, and add what is theirs.
 */
export function replaceMethods(logger: Winston.Logger): void {
  const define = (name: string, write: (on: Winston.Logger, ...args: unknown[]) => void): void => {
    // As winston's own, they may be called without their logger.
    const value = function (this: Winston.Logger | undefined, ...args: unknown[]): Winston.Logger {
      write(this ?? logger, ...args);
      return this ?? logger;
    };
    Object.defineProperty(logger, name, { value, configurable: true, writable: true });
  };
  // `silent` is a property of winston's.
  for (const level of logLevels.filter((name) => name !== 'silent')) {
    define(level, (on, message, ...details) => say(on, level, message, details));
  }
  define('log', (on, level, message, ...details) => {
    if (typeof level !== 'object' || level === null) say(on, level, message, details);
    else (on.write as Write)({ ...metaOf(on), ...level });
  });
}

function say(logger: Winston.Logger, level: unknown, message: unknown, details: readonly unknown[]): void {
  const call = { level, message: message ?? '', details, isAsItIs: false, ids: undefined };
  (logger.write as Write)({ ...metaOf(logger), level, message: call.message, [given]: call });
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
