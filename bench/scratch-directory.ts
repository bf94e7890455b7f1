import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Lends a directory on the disk that holds the bench: that of temporary files may be memory, which makes syncs free. */
export async function withScratchDirectory<Result>(use: (path: string) => Promise<Result>): Promise<Result> {
  const path = mkdtempSync(join(__dirname, 'scratch-'));
  try {
    return await use(path);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}
