/** How safely an audit event is kept; `audit.delivery` gives the default. */
export type Delivery = 'strict' | 'durable' | 'buffered' | 'bestEffort';

/** What happens to a call whose audit event cannot be kept. */
export type OnAuditFailure = 'fail-operation' | 'continue';
