import * as v from 'valibot';
import { objectWith } from '../option-values';
import { checkOptions } from '../validate-options';
import { ForwardingLogger, type ForeignLogger, type ForwardingOptions } from './forwarding-logger';
import { forwardingOptions } from './logging-option-schemas';
import { severities, type Logger, type LogLevel } from './logger';

/** A console would put the fields in the place of these. */
const directives = /%(?=[sdifjoOc%])/g;

type ConsoleMethod = (message: string, fields?: object) => unknown;

/** An object with the methods of a console; `critical` goes to `error`. */
export interface ConsoleShaped {
  readonly debug: ConsoleMethod;
  readonly info: ConsoleMethod;
  readonly warn: ConsoleMethod;
  readonly error: ConsoleMethod;
}

const argumentsSchema = v.strictObject({
  logger: objectWith<ConsoleShaped>(['debug', 'info', 'warn', 'error'], 'a console'),
  options: forwardingOptions,
});

/**
 * Lets trefoil log through any object with the methods of a console. It has no level of its own: `debug` until it is
 * set. Secrets are removed, and what could forge a line is escaped before it gets them.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`
 *
 * @example
 * ```ts
 * import { fromConsole } from 'trefoil';
 *
 * const logger = fromConsole(console);
 * logger.setLevel('warn');
 * ```
 */
export function fromConsole(logger: ConsoleShaped, options: ForwardingOptions = {}): Logger {
  checkOptions(argumentsSchema, { logger, options }, 'fromConsole');
  return new ForwardingLogger(foreignConsole(logger), options);
}

function foreignConsole(logger: ConsoleShaped): ForeignLogger {
  let least: LogLevel = 'debug';
  return {
    name: 'console',
    isLevelEnabled: (level) => severities[level] <= severities[least],
    setLevel(level) {
      least = level;
    },
    write: (level, message, fields) =>
      level === 'silent'
        ? undefined
        : logger[level === 'critical' ? 'error' : level](message.replace(directives, '%%'), fields),
  };
}
