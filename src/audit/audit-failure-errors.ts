import type { Call } from '../call/call';
import { TrefoilError } from '../errors';

/** The intent of a strict call could not be recorded, so the method was not called: it is safe to call it again. */
export class AuditUnavailableError extends TrefoilError {
  override readonly name: string = 'AuditUnavailableError';
  readonly invoked = false;

  constructor(call: Call, cause: unknown) {
    super(
      'TREFOIL_AUDIT_UNAVAILABLE',
      {
        attempted: 'Recording the intent of a call',
        where: `${call.target.ownerName}.${call.target.operation.methodName}`,
        why: 'the audit backend did not take it, so the method was not called',
        todo: 'Call again once the audit backend works; onFailure: "continue" would call the method all the same.',
      },
      { cause },
    );
  }
}

/** The method ran and had its effect, but its outcome could not be recorded: do not simply call it again. */
export class AuditOutcomeError extends TrefoilError {
  override readonly name: string = 'AuditOutcomeError';
  readonly invoked = true;
  /** What the method returned, or its promise resolved to. */
  readonly result: unknown;
  /** The id of the event that is missing, as the other pillars know it. */
  readonly auditId: string;

  constructor(call: Call, result: unknown, cause: unknown) {
    super(
      'TREFOIL_AUDIT_OUTCOME',
      {
        attempted: 'Recording the outcome of a call',
        where: `${call.target.ownerName}.${call.target.operation.methodName}`,
        why: 'the audit backend did not take it, although the method has run',
        todo: 'Use error.result, and reconcile the trail by error.auditId; do not repeat the call.',
      },
      { cause },
    );
    this.result = result;
    this.auditId = call.auditId;
  }
}
