import { AuditEventType } from '../call/event-type';

const byFirstWord: Readonly<Record<string, AuditEventType>> = {
  get: AuditEventType.READ,
  find: AuditEventType.READ,
  read: AuditEventType.READ,
  load: AuditEventType.READ,
  fetch: AuditEventType.READ,
  list: AuditEventType.LIST,
  query: AuditEventType.QUERY,
  search: AuditEventType.QUERY,
  count: AuditEventType.COUNT,
  create: AuditEventType.CREATE,
  insert: AuditEventType.CREATE,
  add: AuditEventType.CREATE,
  put: AuditEventType.UPDATE,
  save: AuditEventType.UPDATE,
  update: AuditEventType.UPDATE,
  set: AuditEventType.UPDATE,
  upsert: AuditEventType.UPDATE,
  patch: AuditEventType.UPDATE,
  delete: AuditEventType.DELETE,
  remove: AuditEventType.DELETE,
  initialize: AuditEventType.INITIALIZE,
  open: AuditEventType.INITIALIZE,
  connect: AuditEventType.INITIALIZE,
  close: AuditEventType.CLOSE,
  disconnect: AuditEventType.CLOSE,
  dispose: AuditEventType.CLOSE,
  flush: AuditEventType.FLUSH,
  replicate: AuditEventType.REPLICATE,
  sync: AuditEventType.SYNC,
  migrate: AuditEventType.MIGRATE,
  rollback: AuditEventType.ROLLBACK,
};

const ofMany: Readonly<Partial<Record<AuditEventType, AuditEventType>>> = {
  create: AuditEventType.BATCH_CREATE,
  delete: AuditEventType.BATCH_DELETE,
};

/**
 * The event type that a method's name stands for, by its first word (`getById`: read); `createMany`, `batchDelete` and
 * their like are batches. Of a path (`orders.create`) the last name counts. `undefined` where the name says nothing.
 */
export function inferEventType(methodName: string | symbol): AuditEventType | undefined {
  if (typeof methodName === 'symbol') return undefined;
  const words = methodName
    .slice(methodName.lastIndexOf('.') + 1)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
  const [first, second] = words;
  if (first === undefined) return undefined;
  if (first === 'batch') return second === undefined ? undefined : ofMany[byFirstWord[second] ?? 'error'];
  const event = Object.hasOwn(byFirstWord, first) ? byFirstWord[first] : undefined;
  if (event !== undefined && second === 'many') return ofMany[event] ?? event;
  return event;
}
