/**
 * What is known of the request, job or message that calls run for. It is carried by OpenTelemetry's one Context, and
 * audit events and log lines take their ids from it.
 */
export interface RequestContext {
  /** Ties together everything that one request caused, over services and queues. */
  readonly correlationId: string;
  readonly requestId?: string | undefined;
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly ipAddress?: string | undefined;
  readonly userAgent?: string | undefined;
  /** Free data for the application's own use; trefoil writes none of it. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}
