import type { DiagnosticReport, DiagnosticSink } from '../diagnostics';
import type { Logger } from '../logging/logger';
import { escapeText } from '../redaction/escape-text';

/** Until there is a logger, and where there is none. */
export function toConsole({ code, where, message }: DiagnosticReport): void {
  console.error(escapeText(`[trefoil] ${code} ${where}: ${message}`));
}

/** By whatever logger is in force; what must not be missed goes to the console where that logger has no ear for it. */
export function toLogger(logger: Logger): DiagnosticSink {
  return (report) => {
    const { code, level, where, message, suppressed } = report;
    if (level === 'error' && !logger.isLevelEnabled('error')) return toConsole(report);
    return logger.log(level, `trefoil: ${message}`, { code, where, ...(suppressed === 0 ? {} : { suppressed }) });
  };
}
