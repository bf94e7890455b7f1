import type { Stats } from 'node:fs';

/** What has become of a file under its writer. */
export type FileDamageCode = 'file_gone' | 'file_replaced' | 'file_cut' | 'file_grown';

const messages: Readonly<Record<FileDamageCode, string>> = {
  file_gone: 'the file was removed or moved while it was written',
  file_replaced: 'another file is in the place of the one that is written',
  file_cut: 'the file was truncated while it was written',
  file_grown: 'somebody else has written to the file',
};

/** The file that is written is not what the writer has left there; what it has lost is written anew, or counted. */
export class FileDamage extends Error {
  readonly code: FileDamageCode;

  constructor(code: FileDamageCode) {
    super(messages[code]);
    this.name = 'FileDamage';
    this.code = code;
  }
}

/** What the reason of a gap says of it: that events were lost which had been acknowledged, `undefined` for any other. */
export function damageOf(reason: string): string | undefined {
  return Object.hasOwn(messages, reason) ? messages[reason as FileDamageCode] : undefined;
}

/** Compares what is open with what is found at the path; `least` and `most` are the sizes that are in order. */
export function findDamage(
  open: Stats,
  found: Stats | undefined,
  { least, most }: { readonly least: number; readonly most: number },
): FileDamage | undefined {
  if (open.nlink === 0 || found === undefined) return new FileDamage('file_gone');
  if (open.ino !== found.ino || open.dev !== found.dev) return new FileDamage('file_replaced');
  if (open.size < least) return new FileDamage('file_cut');
  return open.size > most ? new FileDamage('file_grown') : undefined;
}

/** Whether an error says that there is no such file. Any other proves nothing. */
export function saysGone(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ENOENT' || error.code === 'ENOTDIR';
}
