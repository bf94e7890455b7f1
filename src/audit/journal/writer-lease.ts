import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { signedText } from './journal-record';
import type { ChainPosition } from './line-encoder';
import { livesElsewhere, livesHere, ownPlace, sharesClock, sinceBootMs, type ProcessPlace } from './process-place';
import { readRegularFile, replaceFile, replaceFileLater } from './safe-open';
import type { SigningKey } from './signing-key';
import type { VerifyingKey } from './verifying-key';
import { isSignedBy } from './witness';

/** Who writes to a directory; whoever opens the root can tell by it whether that process and thread still live. */
interface Lease extends ProcessPlace, ChainPosition {
  readonly writer: string;
  /** Another in each thread that has loaded this module: tells those from each other that no system can. */
  readonly instance: string;
  readonly host: string;
  readonly beatAt: string;
  /** The same in milliseconds since the boot; earlier versions did not tell. */
  readonly beatSinceBootMs?: number;
  /** Of the key that has signed the other fields, as {@link signedText} says. */
  readonly keyId?: string;
  readonly signature?: string;
}

/** What a lease is made of; `synced` is the last record that is known to be on disk. */
export interface LeaseHolder {
  readonly id: string;
  readonly directory: string;
  readonly synced: ChainPosition;
  readonly key: SigningKey | undefined;
}

export const leaseFile = 'lease.json';

/** How often a lease is renewed, in milliseconds. */
export const beatIntervalMs = 2_000;

/** How long a writer that cannot be looked at may be silent, in milliseconds. */
const silenceMs = 60_000;

const instance = randomBytes(8).toString('hex');

/** Writes the lease, whole or not at all. */
export function writeLease(holder: LeaseHolder): void {
  const file = join(holder.directory, leaseFile);
  replaceFile(`${file}.new`, leaseText(holder), { flush: false });
  fs.renameSync(`${file}.new`, file);
}

/**
 * Shows that the writer lives, whatever has become of its lease. Rejects with `ENOENT` where its directory is gone,
 * because somebody has taken it for dead.
 */
export async function beat(holder: LeaseHolder): Promise<void> {
  const file = join(holder.directory, leaseFile);
  await replaceFileLater(`${file}.new`, leaseText(holder));
  await fs.promises.rename(`${file}.new`, file);
}

function leaseText({ id, synced, key }: LeaseHolder): string {
  const { seq, head } = synced;
  const beatAt = new Date().toISOString();
  const place = { ...ownPlace(), instance, host: hostname() };
  const lease: Lease = { writer: id, ...place, beatAt, beatSinceBootMs: sinceBootMs(), seq, head };
  const signature = key?.sign(signedText('lease', id, seq, digestOf(lease)));
  return JSON.stringify({ ...lease, ...signature });
}

/**
 * Whether the writer of a directory is gone: its process or thread is proved to be, or it has been silent for so long
 * that it must be. A lease that is no longer there was given back. One that is none, or is not signed by a trusted key
 * where there are any, proves nothing but by its age.
 *
 * @throws what the system says of a lease that cannot be read: that proves nothing at all
 */
export function isGone(directory: string, now: number, trusted: readonly VerifyingKey[]): boolean {
  const found = readLease(join(directory, leaseFile));
  if (found === undefined) return true;
  const { lease, changedAt } = found;
  if (lease === undefined) return now - changedAt > silenceMs;
  const isHere = lease.host === hostname();
  if (isHere && livesHere(lease)) return false;
  const isProof = isHere && !livesElsewhere(lease) && (trusted.length === 0 || isSignedLease(lease, trusted));
  return isProof || silenceOf(lease, changedAt, now) > silenceMs;
}

/** For how long a writer has been silent: by the clock that nobody sets, where it is on the same machine. */
function silenceOf(lease: Lease, changedAt: number, now: number): number {
  const { beatSinceBootMs, beatAt } = lease;
  if (beatSinceBootMs !== undefined && sharesClock(lease)) return sinceBootMs() - beatSinceBootMs;
  // Of two clocks, that of the writer and that of the disk, the one that speaks for its life is believed.
  return now - Math.max(Date.parse(beatAt) || 0, changedAt);
}

/** Whether a trusted key has signed a lease. */
function isSignedLease(lease: Lease, trusted: readonly VerifyingKey[]): boolean {
  const { keyId, signature, ...rest } = lease;
  return isSignedBy(trusted, signedText('lease', lease.writer, lease.seq, digestOf(rest)), { keyId, signature });
}

/** The lease in a file, and when it was written; no lease where it holds something else, nothing where it is not there. */
function readLease(file: string): { readonly lease: Lease | undefined; readonly changedAt: number } | undefined {
  try {
    const changedAt = fs.lstatSync(file).mtimeMs;
    return { lease: parseLease(readRegularFile(file)), changedAt };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Those of earlier versions lack some fields. */
function parseLease(text: string): Lease | undefined {
  try {
    const lease = JSON.parse(text) as Partial<Lease> | null;
    return typeof lease?.pid === 'number' && typeof lease.beatAt === 'string' ? (lease as Lease) : undefined;
  } catch {
    return undefined;
  }
}

function digestOf(lease: Lease): string {
  return createHash('sha256').update(JSON.stringify(lease)).digest('hex');
}
