import type { ResolvedOptions } from './options';

/** What the resource of exported spans and metrics has beside the service's name. */
export function resourceAttributes({ service, resource }: ResolvedOptions): Record<string, string> {
  return {
    ...resource,
    ...(service.version === undefined ? {} : { 'service.version': service.version }),
    'deployment.environment.name': service.environment,
  };
}
