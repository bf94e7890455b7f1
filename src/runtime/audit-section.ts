import * as v from 'valibot';
import type { AuditAnchor } from '../audit/journal/anchors';
import { dailyOptionEntries } from '../audit/journal-option-schema';
import type { AuditBackend } from '../audit/audit-backend';
import type { Delivery, OnAuditFailure } from '../call/delivery';
import { flag, nameOrOwn, text, wholeFrom } from '../option-values';

/** Where audit events go. */
export interface AuditSection {
  /**
   * A name, a backend of your own, or a function that makes one. Default `file` where a `path` is given, else `memory`,
   * which is gone with the process. A backend that you hand over is flushed, and closed with the runtime; one that your
   * function makes is closed as soon as another takes its place. The function is called where its section is in force.
   */
  readonly backend?: 'memory' | 'file' | 'json' | 'none' | AuditBackend | (() => AuditBackend);
  /** The directory of the `file` and `json` backends. Default `var/audit`. */
  readonly path?: string;
  /** How large a file may grow, in MB of 1,000,000 bytes. Default 100. */
  readonly maxFileSizeMb?: number;
  /** How many files are kept, over all processes. Default: 10 of the `file` backend, all of the `json` backend. */
  readonly maxFiles?: number;
  /** How many days a finished file is kept. Default: for ever. */
  readonly maxAgeDays?: number;
  /** Whether the `json` backend begins a file each day, in UTC. Default true. */
  readonly rotateDaily?: boolean;
  /** What the names of the `json` backend's files begin with. Default `audit`. */
  readonly filePrefix?: string;
  /** An Ed25519 private key, as PKCS#8 PEM or the path of its file: signs checkpoints and seals. */
  readonly key?: string;
  /**
   * Public keys, as PEM or paths of files, of keys that signed this trail before, or of others that write to the same
   * directory: what these have left behind is recovered; what no trusted key has signed is set aside. Default: none.
   */
  readonly trustedKeys?: readonly string[];
  /** Refuse a directory that other users may write to, instead of reporting it. Default false. */
  readonly strictPermissions?: boolean;
  /** Places for checkpoints that this process cannot rewrite: `{ file }`, `{ backend }` or a function. */
  readonly anchors?: readonly AuditAnchor[];
  /** How long a call waits for the disk, or another backend, under `durable` and `strict`, in milliseconds. Default 5,000. */
  readonly maxWaitMs?: number;
  /** How many events the `memory` backend keeps. Default 10,000. */
  readonly maxEvents?: number;
  /** How safely events are kept, where the method does not say. Default `buffered`. */
  readonly delivery?: Delivery;
  /** What happens to a call whose event cannot be kept. Default: `fail-operation` for strict and durable. */
  readonly onFailure?: OnAuditFailure;
  /** Makes the ids of events, each called for once, when the id is first needed. Default: random UUIDs. */
  readonly generateId?: () => string;
  /** Refuse to start without it. Default false. */
  readonly required?: boolean;
}

const backendNames = ['memory', 'file', 'json', 'none'] as const;
type AuditBackendName = (typeof backendNames)[number];

/** The section in force. */
export type ResolvedAudit = AuditSection & Required<Pick<AuditSection, 'backend' | 'path' | 'delivery' | 'required'>>;

export const auditSchema = v.strictObject({
  backend: v.optional(nameOrOwn<AuditBackendName, AuditBackend | (() => AuditBackend)>(backendNames)),
  path: v.optional(text),
  ...dailyOptionEntries,
  maxEvents: v.optional(wholeFrom(1)),
  delivery: v.optional(v.picklist(['strict', 'durable', 'buffered', 'bestEffort'])),
  onFailure: v.optional(v.picklist(['fail-operation', 'continue'])),
  generateId: v.optional(v.custom<() => string>((value) => typeof value === 'function', 'a function')),
  required: flag,
});

/** The backend that a section asks for. */
export function auditKindOf(section: AuditSection | undefined): NonNullable<AuditSection['backend']> {
  return section?.backend ?? (section?.path === undefined ? 'memory' : 'file');
}

export function resolveAudit(section: AuditSection | undefined): ResolvedAudit {
  return {
    ...section,
    backend: auditKindOf(section),
    path: section?.path ?? 'var/audit',
    delivery: section?.delivery ?? 'buffered',
    required: section?.required ?? false,
  };
}
