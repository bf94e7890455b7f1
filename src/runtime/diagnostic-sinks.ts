import type { DiagnosticReport, DiagnosticSink } from '../diagnostics';
import type { Logger } from '../logging/logger';
import { escapeText } from '../redaction/escape-text';

/** Until there is a logger, and where there is none. */
export function toConsole({ code, where, message }: DiagnosticReport): void {
  console.error(escapeText(`[trefoil] ${code} ${where}: ${message}`));
}

/** As a warning, by whatever logger is in force. */
export function toLogger(logger: Logger): DiagnosticSink {
  return ({ code, where, message, suppressed }) =>
    logger.log('warn', `trefoil: ${message}`, { code, where, ...(suppressed === 0 ? {} : { suppressed }) });
}
