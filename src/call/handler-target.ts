import type { DataRedactor } from '../redaction/data-redactor';
import type { Operation } from './operation';
import type { StoreIdentity } from './store-identity';

/** What is being called: one operation on one concrete class. */
export interface HandlerTarget {
  readonly operation: Operation;
  readonly store: StoreIdentity;
  /** The concrete class's name. */
  readonly className: string;
  /** What the call is named after wherever people read it: the `@Store` name, else the concrete class's name. */
  readonly ownerName: string;
  /** The value of the `operation` label. */
  readonly operationName: string;
  readonly redactor: DataRedactor;
  /** Makes the ids of audit events. */
  readonly generateId: () => string;
  /** Told of what `currentCall()` could not record. */
  onDetailError(error: unknown): void;
}
