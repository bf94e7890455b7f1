import * as fs from 'node:fs';
import { join } from 'node:path';
import { emptyChain } from './line-encoder';
import { makeDirectory } from './make-directory';
import { directoryNameOf, syncDirectory } from './writer-directory';
import { leaseFile, writeLease } from './writer-lease';
import type { WriterSettings } from './writer-settings';

/** Makes the directory of a new writer, with its lease. */
export function makeHome({ root, key }: WriterSettings, id: string): string {
  makeDirectory(root);
  // A directory is called live when it has a lease, so that nobody takes it for one that was left behind.
  const made = join(root, directoryNameOf(id, 'new'));
  fs.mkdirSync(made, { mode: 0o700 });
  writeLease({ id, directory: made, synced: emptyChain, key });
  const directory = join(root, directoryNameOf(id, 'live'));
  fs.renameSync(made, directory);
  syncDirectory(root);
  return directory;
}

/** Shows others that the writer is done; gives where its directory is from now on. */
export function sealHome(root: string, id: string, directory: string): string {
  const sealed = join(root, directoryNameOf(id, 'sealed'));
  fs.renameSync(directory, sealed);
  fs.rmSync(join(sealed, leaseFile), { force: true });
  syncDirectory(root);
  return sealed;
}

/** Of a chain that could not be ended: others may do so. */
export function giveHomeBack(directory: string): void {
  try {
    fs.rmSync(join(directory, leaseFile), { force: true });
  } catch {
    // Where it cannot be removed, the end of the process shows that nobody goes on here.
  }
}
