import type { ChildProcess } from 'node:child_process';

const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Leaves nothing running behind, whatever has ended the suite. */
export function killAtExit(child: ChildProcess): void {
  children.add(child);
  child.on('close', () => children.delete(child));
}
