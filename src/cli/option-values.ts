import { InvalidArgumentError } from 'commander';
import type { AuditFilter } from '../audit/audit-filter';
import type { AuditEventType } from '../call/event-type';
import type { AuditStatus } from '../audit/audit-status';

/** The options that choose events, as commander gives them. */
export interface FilterOptions {
  readonly event?: AuditEventType;
  readonly status?: AuditStatus;
  readonly store?: string;
  readonly storeType?: string;
  readonly storeId?: string;
  readonly item?: string;
  readonly user?: string;
  readonly session?: string;
  readonly trace?: string;
  readonly text?: string;
  readonly since?: Date;
  readonly until?: Date;
}

const filterFields: readonly (readonly [keyof FilterOptions, keyof AuditFilter])[] = [
  ['event', 'eventType'],
  ['status', 'status'],
  ['store', 'storeName'],
  ['storeType', 'storeType'],
  ['storeId', 'storeId'],
  ['item', 'itemId'],
  ['user', 'userId'],
  ['session', 'sessionId'],
  ['trace', 'traceId'],
  ['text', 'text'],
  ['since', 'startTime'],
  ['until', 'endTime'],
];

export function filterOf(options: FilterOptions): AuditFilter {
  return Object.fromEntries(filterFields.map(([option, field]) => [field, options[option]]));
}

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** ISO 8601, or how long ago. */
export function parseTime(text: string): Date {
  const [, amount, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const isIso = /^\d{4}-\d{2}-\d{2}(T|$)/.test(text);
  const ms =
    amount === undefined ? (isIso ? Date.parse(text) : Number.NaN) : Date.now() - Number(amount) * (unitMs[unit] ?? 0);
  const time = new Date(ms);
  if (!Number.isNaN(time.getTime())) return time;
  throw new InvalidArgumentError(
    'Expected a time as 2026-03-01 or 2026-03-01T12:00:00Z, or how long ago as 15m, 12h or 7d.',
  );
}

export function parseCount(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number, 0 or more.');
}
