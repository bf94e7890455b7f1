import * as v from 'valibot';
import { loggerShapeOf, type AnyLogger } from '../logging/adopt-logger';
import type { LogRotationOptions } from '../logging/log-rotation';
import { logRotation } from '../logging/logging-option-schemas';
import { logLevels, type LogLevel } from '../logging/logger';
import type { OutputStream } from '../logging/standard-output';
import type { Environment } from './environment';
import { flag, share, text } from '../option-values';

/** Where log lines go. */
export interface LoggingSection {
  /** Default: `LOG_LEVEL`, else `debug` in the environment `development` and `info` in any other. */
  readonly level?: LogLevel;
  /**
   * One JSON object a line, or text for people, with the stacks of errors on indented lines of their own. Default:
   * `readable` in the environment `development`, `json` in any other.
   */
  readonly format?: 'json' | 'readable';
  /** Which stream of the process lines go to where no file is given. Default `stdout`. */
  readonly stream?: OutputStream;
  /** A file instead. */
  readonly path?: string;
  /** When the file is put aside, and how many are kept. Default: never. */
  readonly rotation?: LogRotationOptions;
  /**
   * A logger of the application's own: winston's, pino's, one with a console's methods, or a `Logger`. Its level, format
   * and destination are its own, whatever is said here. It is flushed, and not closed while the runtime runs. Or a
   * function that makes one.
   */
  readonly logger?: AnyLogger | (() => AnyLogger);
  /**
   * From which duration on a successful call is logged as the warning `slow_operation`, in milliseconds, where neither
   * its method nor its store says (`slowMs`); `false`: never. Default 1,000.
   */
  readonly slowOperationMs?: number | false;
  /** The share of successful calls that are logged, by trace or request; 0 to 1. Default 1. */
  readonly successSampleRate?: number;
  /** Refuse to start without it. Default false. */
  readonly required?: boolean;
}

/** The section in force. */
export type ResolvedLogging = LoggingSection &
  Required<Pick<LoggingSection, 'level' | 'format' | 'required' | 'slowOperationMs' | 'successSampleRate'>>;

const milliseconds = v.pipe(
  v.number(),
  v.check((value) => value >= 0, 'a number of milliseconds from 0 on, or false'),
);

export const loggingSchema = v.strictObject({
  level: v.optional(v.picklist(logLevels)),
  format: v.optional(v.picklist(['json', 'readable'])),
  stream: v.optional(v.picklist(['stdout', 'stderr'])),
  path: v.optional(text),
  rotation: v.optional(logRotation),
  logger: v.optional(
    v.custom<AnyLogger | (() => AnyLogger)>(
      (value) => loggerShapeOf(value) !== undefined || typeof value === 'function',
      'a logger: winston, pino, a console or a Logger',
    ),
  ),
  slowOperationMs: v.optional(v.union([v.literal(false), milliseconds])),
  successSampleRate: v.optional(share),
  required: flag,
});

/** @param name - of the environment in force: in `development` a person reads along */
export function resolveLogging(
  section: LoggingSection | undefined,
  environment: Environment,
  name: string,
): ResolvedLogging {
  const isDevelopment = name === 'development';
  return {
    ...section,
    level: section?.level ?? environment.logLevel ?? (isDevelopment ? 'debug' : 'info'),
    format: section?.format ?? (isDevelopment ? 'readable' : 'json'),
    slowOperationMs: section?.slowOperationMs ?? 1_000,
    successSampleRate: section?.successSampleRate ?? 1,
    required: section?.required ?? false,
  };
}
