import { spawnSync } from 'node:child_process';

/** Everything that changes what is on the disk, under the names of all processors. */
export const changingCalls = [
  ...['open', 'openat', 'write', 'pwrite64', 'writev', 'pwritev', 'fdatasync', 'fsync', 'ftruncate'],
  ...['rename', 'renameat', 'renameat2', 'unlink', 'unlinkat', 'rmdir', 'mkdir', 'mkdirat', 'copy_file_range'],
];

/** How `strace` is called to follow all threads and write what it sees to a file. */
export function straceTo(log: string, ...options: readonly string[]): string[] {
  return ['strace', '-f', '--seccomp-bpf', '-qq', '-o', log, ...options];
}

/** The same for what is killed: strace delivers no signals to calls that the kernel has chosen for it. */
export function slowStraceTo(log: string, ...options: readonly string[]): string[] {
  return ['strace', '-f', '-qq', '-o', log, ...options];
}

/** Unknown names are no error: each processor has its own. */
export const traceChanging = ['-e', `trace=${changingCalls.map((name) => `?${name}`).join(',')}`];

/** Why nothing can be traced here; undefined where it can. */
export function whyNoStrace(): string | undefined {
  const { error, status, stderr } = spawnSync('strace', ['-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', 'true'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return 'strace is not installed';
  return status === 0 ? undefined : `strace does not work here: ${stderr.trim().split('\n')[0]}`;
}
