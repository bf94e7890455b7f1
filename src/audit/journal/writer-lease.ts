import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Who writes to a directory; whoever opens the root can tell by it whether that process still lives. */
interface Lease {
  readonly writer: string;
  readonly pid: number;
  readonly bootId: string;
  /** Field 22 of `/proc/<pid>/stat`: tells a process from a later one with its number. */
  readonly startedAt: string;
  readonly host: string;
  /** Process numbers mean something within one namespace only. */
  readonly pidNamespace: string;
  readonly beatAt: string;
}

export const leaseFile = 'lease.json';

/** How often a lease is renewed, in milliseconds. */
export const beatIntervalMs = 2_000;

/** How long a writer that cannot be looked at may be silent, in milliseconds. */
const silenceMs = 60_000;

/** Writes the lease, whole or not at all. */
export function writeLease(directory: string, writer: string): void {
  const temporary = join(directory, `${leaseFile}.new`);
  fs.writeFileSync(temporary, JSON.stringify(leaseOf(writer)), { mode: 0o600 });
  fs.renameSync(temporary, join(directory, leaseFile));
}

/**
 * Shows that the writer lives, whatever has become of its lease. Rejects with `ENOENT` where its directory is gone,
 * because somebody has taken it for dead.
 */
export async function beat(directory: string, writer: string): Promise<void> {
  const file = join(directory, leaseFile);
  const temporary = `${file}.new`;
  await fs.promises.writeFile(temporary, JSON.stringify(leaseOf(writer)), { mode: 0o600 });
  await fs.promises.rename(temporary, file);
}

function leaseOf(writer: string): Lease {
  return {
    writer,
    pid: process.pid,
    bootId: bootId(),
    startedAt: startOf(process.pid) ?? '',
    host: hostname(),
    pidNamespace: pidNamespace(),
    beatAt: new Date().toISOString(),
  };
}

/** Whether the writer of a directory is gone. One without a lease has given it back, and not got further. */
export function isExpired(directory: string, now: number): boolean {
  const lease = readLease(join(directory, leaseFile));
  if (lease === undefined) return true;
  const canBeLookedAt = lease.host === hostname() && (lease.pidNamespace ?? pidNamespace()) === pidNamespace();
  if (!canBeLookedAt) return now - Date.parse(lease.beatAt ?? '') > silenceMs;
  return lease.bootId !== bootId() || !isAlive(lease);
}

function readLease(file: string): Partial<Lease> | undefined {
  try {
    const lease: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
    return typeof lease === 'object' && lease !== null ? lease : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, startedAt }: Partial<Lease>): boolean {
  if (pid === undefined || !Number.isInteger(pid) || pid <= 0) return false;
  const start = startOf(pid);
  if (start !== undefined) return start === startedAt;
  // Without /proc there is only the question whether a process of that number exists.
  return !fs.existsSync('/proc/self/stat') && exists(pid);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process has started; undefined where it is gone, or only a zombie is left of it. */
function startOf(pid: number): string | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  // The command stands in brackets and may hold anything, brackets too.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? undefined : rest[18];
}

function bootId(): string {
  return textOf('/proc/sys/kernel/random/boot_id').trim();
}

function pidNamespace(): string {
  try {
    return fs.readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
