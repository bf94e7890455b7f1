import { isDeepStrictEqual } from 'node:util';
import { canDeliver } from '../audit/audit-backend';
import type { Delivery } from '../call/delivery';
import type { Parts } from './backends';
import type { ResolvedOptions } from './options';

/** What audit depends on. */
export interface AuditInForce {
  readonly parts: Pick<Parts, 'audit'>;
  readonly options: Pick<ResolvedOptions, 'audit'>;
}

/** In what a change keeps audit events less safely, or proves them less well, than before; empty where it does not. */
export function weakenedBy(before: AuditInForce, after: AuditInForce): string[] {
  const [was, is] = [before.parts.audit, after.parts.audit];
  if (was.isOff) return [];
  if (is.isOff) return [`audit is switched off, after the backend "${was.backendName}"`];
  const found: string[] = [];
  const change = `"${was.backendName}" became "${is.backendName}"`;
  const [promised, promises] = [was.backend.guarantees, is.backend.guarantees];
  if (!promised.volatile && promises.volatile) found.push(`events are now gone with the process: ${change}`);
  else if (!promised.volatile && isWeaker(promised.delivery, promises.delivery)) {
    found.push(`the backend can give no more than ${promises.delivery}, after ${promised.delivery}: ${change}`);
  }
  const [old, now] = [before.options.audit, after.options.audit];
  if (isWeaker(old.delivery, now.delivery)) found.push(`audit.delivery is ${now.delivery}, after ${old.delivery}`);
  if (old.onFailure !== 'continue' && now.onFailure === 'continue') {
    found.push('audit.onFailure is continue: calls whose event cannot be kept go on');
  }
  // What is not written to files has neither, which has been said.
  if (promised.volatile || promises.volatile) return found;
  if (old.key !== undefined && now.key === undefined) found.push('audit.key is gone: nothing is signed any more');
  const anchors = now.anchors ?? [];
  const gone = (old.anchors ?? []).filter((anchor) => !anchors.some((other) => isDeepStrictEqual(anchor, other)));
  if (gone.length > 0) found.push(`audit.anchors lost ${gone.length} of ${old.anchors?.length ?? 0}`);
  return found;
}

function isWeaker(before: Delivery, after: Delivery): boolean {
  return !canDeliver({ delivery: after, volatile: false }, before);
}
