import * as v from 'valibot';
import { logLevels, type LogLevel } from '../logging/logger';
import type { Environment } from './environment';
import { flag, text } from './option-values';

/** Where log lines go. */
export interface LoggingSection {
  /** Default: `LOG_LEVEL`, else `info`. */
  readonly level?: LogLevel;
  /** Default `json`. */
  readonly format?: 'json' | 'readable';
  /** A file instead of standard output. */
  readonly path?: string;
  /** Refuse to start without it. Default false. */
  readonly required?: boolean;
}

/** The section in force. */
export type ResolvedLogging = LoggingSection & Required<Pick<LoggingSection, 'level' | 'format' | 'required'>>;

export const loggingSchema = v.strictObject({
  level: v.optional(v.picklist(logLevels)),
  format: v.optional(v.picklist(['json', 'readable'])),
  path: v.optional(text),
  required: flag,
});

export function resolveLogging(section: LoggingSection | undefined, environment: Environment): ResolvedLogging {
  return {
    ...section,
    level: section?.level ?? environment.logLevel ?? 'info',
    format: section?.format ?? 'json',
    required: section?.required ?? false,
  };
}
