import { spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const unshare = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** Why no container can be made here; undefined where it can. */
export function whyNoContainer(): string | undefined {
  const [command = '', ...args] = unshare;
  const { error, status, stderr } = spawnSync(command, [...args, 'true'], { encoding: 'utf8' });
  if (error !== undefined) return 'unshare is not installed';
  return status === 0 ? undefined : `no namespaces here: ${stderr.trim().split('\n')[0]}`;
}

/** How a command is called so that it is process 1 of a container on this machine, with the same host name. */
export const inContainer: readonly string[] = unshare;

/** The process in a container. */
export function processIn({ pid }: ChildProcess): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
}

/**
 * How a command is called so that it runs, as far as it can see, on another machine of the same name: one that was
 * booted by itself, and on which a process of this one is not to be found.
 */
export function onAnotherMachine(folder: string, { pid }: ChildProcess): string[] {
  const bootId = join(folder, 'boot-id');
  const nothing = join(folder, 'nothing');
  mkdirSync(nothing, { recursive: true });
  writeFileSync(bootId, '00000000-0000-4000-8000-000000000000\n');
  const hide =
    'mount --bind "$1" /proc/sys/kernel/random/boot_id && mount --bind "$2" "/proc/$3" && shift 3 && exec "$@"';
  return ['unshare', '--mount', 'sh', '-c', hide, 'sh', bootId, nothing, String(pid)];
}
