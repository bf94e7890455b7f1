import type { ForwardingOptions } from './forwarding-logger';
import { fromConsole, type ConsoleShaped } from './from-console';
import { fromPino, type PinoShaped } from './from-pino';
import { fromWinston, type WinstonShaped } from './from-winston';
import type { Logger } from './logger';

/** What can be logged through: trefoil's own interface, or one of the loggers that people have. */
export type AnyLogger = Logger | WinstonShaped | PinoShaped | ConsoleShaped;

const consoleMethods = ['debug', 'info', 'warn', 'error'] as const;

/** Makes a logger of what has the shape of one; `undefined` where it has none. */
export function adoptLogger(given: unknown, options: ForwardingOptions): Logger | undefined {
  if ((typeof given !== 'object' && typeof given !== 'function') || given === null) return undefined;
  const has = (...methods: readonly string[]): boolean =>
    methods.every((method) => typeof (given as Readonly<Record<string, unknown>>)[method] === 'function');
  const { levels, transports, level } = given as Readonly<Record<string, unknown>>;
  if (has('log') && typeof levels === 'object' && levels !== null && transports !== undefined) {
    return fromWinston(given as WinstonShaped, options);
  }
  if (has('log', 'isLevelEnabled', 'flush', 'close')) return given as Logger;
  if (has('fatal', ...consoleMethods) && typeof level === 'string') return fromPino(given as PinoShaped, options);
  return has(...consoleMethods) ? fromConsole(given as ConsoleShaped, options) : undefined;
}
