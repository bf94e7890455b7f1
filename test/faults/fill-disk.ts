import { closeSync, openSync, writeSync } from 'node:fs';

const sizes = [65_536, 4_096, 512, 1];

/** Writes to a file until the disk takes no more. */
export function fillDisk(file: string): void {
  const descriptor = openSync(file, 'a');
  try {
    for (const size of sizes) while (takes(descriptor, size));
  } finally {
    closeSync(descriptor);
  }
}

function takes(descriptor: number, size: number): boolean {
  try {
    return writeSync(descriptor, Buffer.alloc(size)) > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}
