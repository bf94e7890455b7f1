import * as fs from 'node:fs';
import { AuditEvent } from '../audit-event';
import type { AuditBackend } from '../audit-backend';
import type { SealRecord } from './journal-record';

/** What stands for a trail up to one record, to be kept where the process cannot rewrite it. */
export interface AuditCheckpoint {
  readonly writer: string;
  readonly seq: number;
  /** The hash of the record before, 64 hex digits. */
  readonly head: string;
  readonly at: string;
  /** Of the end of a file: whether it is the end of the chain as well. */
  readonly closed?: boolean;
  readonly signature?: string;
  readonly keyId?: string;
}

/** Where checkpoints are kept: a file on another volume, another backend, or whatever a function does with them. */
export type AuditAnchor =
  | { readonly file: string }
  | { readonly backend: AuditBackend }
  | ((checkpoint: AuditCheckpoint) => void | Promise<void>);

/** A seal as anchors keep it. */
export function sealCheckpoint({ id: writer }: { readonly id: string }, seal: SealRecord): AuditCheckpoint {
  const { seq, head, at, closed, signature, keyId } = seal;
  return {
    writer,
    seq,
    head,
    at,
    closed,
    ...(signature === undefined || keyId === undefined ? {} : { signature, keyId }),
  };
}

export function isAuditAnchor(value: unknown): value is AuditAnchor {
  if (typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null) return false;
  if ('file' in value) return typeof value.file === 'string' && value.file !== '';
  const backend = 'backend' in value ? value.backend : undefined;
  return typeof backend === 'object' && backend !== null && 'log' in backend && typeof backend.log === 'function';
}

/** Hands a checkpoint over; rejects where the anchor has not kept it. */
export async function anchor(sink: AuditAnchor, checkpoint: AuditCheckpoint): Promise<void> {
  if (typeof sink === 'function') await sink(checkpoint);
  else if ('file' in sink) await appendLine(sink.file, JSON.stringify(checkpoint));
  else await sink.backend.log(checkpointEvent(checkpoint), sink.backend.guarantees.delivery);
}

/** Throws where it is plain already that the anchor will keep nothing: its file cannot be appended to. */
export function tryAnchor(sink: AuditAnchor): void {
  if (typeof sink !== 'function' && 'file' in sink) fs.closeSync(fs.openSync(sink.file, 'a', 0o600));
}

async function appendLine(file: string, line: string): Promise<void> {
  const handle = await fs.promises.open(file, 'a', 0o600);
  try {
    await handle.write(`${line}\n`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

function checkpointEvent(checkpoint: AuditCheckpoint): AuditEvent {
  return new AuditEvent({
    eventType: 'sync',
    status: 'success',
    storeType: 'audit-journal',
    storeId: checkpoint.writer,
    operation: 'checkpoint',
    timestamp: new Date(checkpoint.at),
    metadata: { ...checkpoint },
  });
}
