import { randomUUID } from 'node:crypto';
import type { ResolvedOptions } from './options';

let instanceId: string | undefined;

/**
 * What the resource of exported spans and metrics has beside the service's name. Without an instance of its own, each
 * process that pushes the metrics of a service would overwrite what the others have pushed.
 *
 * Source of the names: https://opentelemetry.io/docs/specs/semconv/resource/#service
 */
export function resourceAttributes({
  service,
  resource,
}: Pick<ResolvedOptions, 'service' | 'resource'>): Record<string, string> {
  return {
    'service.instance.id': (instanceId ??= randomUUID()),
    ...resource,
    ...(service.version === undefined ? {} : { 'service.version': service.version }),
    'deployment.environment.name': service.environment,
  };
}
