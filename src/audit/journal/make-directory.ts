import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { syncDirectory } from './writer-directory';

/** Makes a directory with all that leads to it, each with a name that lasts. */
export function makeDirectory(path: string): void {
  if (fs.existsSync(path)) return;
  makeDirectory(dirname(path));
  try {
    // Not `recursive`: where nothing can be made at all, as in /proc, that never comes back.
    fs.mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have been quicker.
    if (!fs.existsSync(path)) throw error;
  }
  syncDirectory(dirname(path));
}
