import type { Delivery } from '../call/delivery';
import { TrefoilError } from '../errors';
import type { AuditBackend } from './audit-backend';

/** What is wrong where more is asked of a backend than it can give. */
export function deliveryError(backend: AuditBackend, wanted: Delivery, where: string): TrefoilError {
  return new TrefoilError('TREFOIL_AUDIT_DELIVERY', {
    attempted: 'Choosing how audit events are delivered',
    where,
    expected: `at most ${backend.guarantees.delivery}, which is what the backend "${backend.name}" can give`,
    given: wanted,
    todo: 'Ask for less, or use a backend that gives more.',
  });
}
