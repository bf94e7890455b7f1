import { whenRejected, type DiagnosticReport, type DiagnosticSink } from '../diagnostics';
import type { Logger } from '../logging/logger';
import { escapeText } from '../redaction/escape-text';

/** Until there is a logger, and where there is none. */
export function toConsole({ code, where, message, suppressed }: DiagnosticReport): void {
  const others = suppressed === 0 ? '' : ` (and ${suppressed} more before it)`;
  console.error(escapeText(`[trefoil] ${code} ${where}: ${message}${others}`));
}

/** Whether a logger writes what must not be missed; one that cannot say is asked to. */
export function writesErrors(logger: Logger): boolean {
  try {
    return logger.isLevelEnabled('error');
  } catch {
    return true;
  }
}

/**
 * By whatever logger is in force. What must not be missed goes to the console where that logger is silent, throws or
 * rejects.
 */
export function toLogger(logger: Logger): DiagnosticSink {
  return (report) => {
    const { code, level, where, message, suppressed } = report;
    const isUrgent = level === 'error';
    if (isUrgent && !writesErrors(logger)) return toConsole(report);
    try {
      const fields = { code, where, ...(suppressed === 0 ? {} : { suppressed }) };
      const returned: unknown = logger.log(level, `trefoil: ${message}`, fields);
      // Most give themselves back, and need no promise to say that nothing failed.
      if (isUrgent && returned !== logger) whenRejected(returned, () => toConsole(report));
      return returned;
    } catch (error) {
      if (!isUrgent) throw error;
      return toConsole(report);
    }
  };
}
