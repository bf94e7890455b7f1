import * as v from 'valibot';
import type { AuditBackend } from './audit-backend';

/** The deliveries, strongest first. */
export const deliveries = ['strict', 'durable', 'buffered', 'bestEffort'] as const;

const methods = ['log', 'flush', 'close'] as const;

/** An audit backend of anybody's: its methods, and what it says that it guarantees. */
export const auditBackend = v.custom<AuditBackend>(
  (value) => {
    if (typeof value !== 'object' || value === null) return false;
    const backend = value as Partial<AuditBackend>;
    const { delivery, volatile } = backend.guarantees ?? {};
    return (
      methods.every((method) => typeof backend[method] === 'function') &&
      deliveries.some((known) => known === delivery) &&
      typeof volatile === 'boolean'
    );
  },
  `an audit backend: an object with ${methods.join(', ')} and guarantees`,
);
