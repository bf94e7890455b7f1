import type { ErrorLink } from '../call/error-chain';
import type { AuditEventType } from '../call/event-type';
import type { AuditChanges } from '../call/operation';
import type { AuditStatus } from './audit-status';

/** What an event is made of; `eventId` and `timestamp` are made where they are not given. */
export interface AuditEventInit {
  readonly eventId?: string | undefined;
  readonly timestamp?: Date | undefined;
  readonly eventType: AuditEventType;
  readonly status: AuditStatus;
  readonly storeType: string;
  readonly storeId?: string | undefined;
  readonly storeName?: string | undefined;
  readonly operation?: string | undefined;
  readonly itemId?: string | undefined;
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  readonly changes?: AuditChanges | undefined;
  readonly errorType?: string | undefined;
  readonly errorMessage?: string | undefined;
  /** What was thrown and its causes, outermost first, where that says more than type and message. */
  readonly errorChain?: readonly ErrorLink[] | undefined;
  readonly ipAddress?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly requestId?: string | undefined;
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly truncated?: boolean | undefined;
}
