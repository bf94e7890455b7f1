import * as fs from 'node:fs';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants;

/** Somebody may have put a link in the place of a file, which is not followed, or a pipe, which is not waited for. */
export const readOnly = O_RDONLY | O_NONBLOCK | O_NOFOLLOW;

/** A file of this one's making, never one that is there. */
export const exclusive = O_CREAT | O_EXCL | O_NOFOLLOW;

/**
 * Opens a file in a directory that others may write to, in order to change it. `flags` say how beside `O_NOFOLLOW`.
 *
 * @throws Error where it is no regular file, another user's, or has a second name: it may be any file of this user
 */
export function openToChange(path: string, flags: number): number {
  const descriptor = fs.openSync(path, flags | O_NOFOLLOW | O_NONBLOCK);
  const { nlink, uid, ...stats } = fs.fstatSync(descriptor);
  const why = !isFile(stats.mode)
    ? 'it is no regular file'
    : nlink > 1
      ? 'it has a second name: a hard link'
      : uid !== (process.geteuid?.() ?? uid)
        ? 'it is another user’s'
        : undefined;
  if (why === undefined) return descriptor;
  fs.closeSync(descriptor);
  throw Object.assign(new Error(`${path}: ${why}, and is not changed`), { code: 'EPERM' });
}

/** Writes a file of its own to a path; what stands there gives way, a link as well as what a crash has left. */
export function replaceFile(path: string, content: string | Buffer, { flush }: { readonly flush: boolean }): void {
  const options = { flag: 'wx', mode: 0o600, flush };
  try {
    fs.writeFileSync(path, content, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    fs.unlinkSync(path);
    fs.writeFileSync(path, content, options);
  }
}

/** The same without blocking. */
export async function replaceFileLater(path: string, content: string): Promise<void> {
  const options = { flag: 'wx', mode: 0o600 };
  try {
    await fs.promises.writeFile(path, content, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    await fs.promises.unlink(path);
    await fs.promises.writeFile(path, content, options);
  }
}

/** The text of a regular file. */
export function readRegularFile(path: string): string {
  const descriptor = fs.openSync(path, readOnly);
  try {
    if (!fs.fstatSync(descriptor).isFile()) throw new Error(`${path} is no regular file`);
    return fs.readFileSync(descriptor, 'utf8');
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Who else may write to a directory, in words; undefined where nobody may, or where there are no such permissions. */
export function whoElseWrites(directory: string): string | undefined {
  const own = process.geteuid?.();
  if (own === undefined) return undefined;
  const { mode, uid } = fs.statSync(directory);
  if (uid !== own && uid !== 0) return `its owner, the user ${uid}`;
  if ((mode & 0o002) !== 0) return 'every user';
  return (mode & 0o020) === 0 ? undefined : 'every user of its group';
}

function isFile(mode: number): boolean {
  return (mode & fs.constants.S_IFMT) === fs.constants.S_IFREG;
}
