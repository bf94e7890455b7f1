import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A build that breaks one promise. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** What has to be noticed; the first is none, to show that it is the mutation which is. */
export const mutants: readonly Mutant[] = [
  { name: 'none at all', file: 'segment.js', from: '', to: '' },
  {
    name: 'without fdatasync for those that wait',
    file: 'segment.js',
    from: 'fs.fdatasync(this.#descriptor, (error) => {',
    to: 'setImmediate((error = null) => {',
  },
  {
    name: 'without fdatasync in the caller’s turn',
    file: 'segment.js',
    from: 'fs.fdatasyncSync(this.#syncDescriptor);',
    to: '',
  },
  {
    name: 'acknowledges what came while it synced',
    file: 'journal.js',
    from: 'done(ticket);\n        });',
    to: 'done(Number.POSITIVE_INFINITY);\n        });',
  },
  {
    name: 'without fsync of directories',
    file: 'writer-directory.js',
    from: 'fs.fsyncSync(descriptor);',
    to: '',
  },
  {
    name: 'recovers without looking at the tail',
    file: 'recover-writer.js',
    from: 'const aside = cutTail(last, scan.tornAt);',
    to: 'const aside = { truncatedBytes: 0 };',
  },
  {
    name: 'cuts the tail before its copy is safe',
    file: 'recover-writer.js',
    from: 'tail, { flush: true }',
    to: 'tail, { flush: false }',
  },
  {
    name: 'writes to a segment whose sync has failed',
    file: 'guarded-chain.js',
    from: 'if (error !== null)\n                this.#attempt(() => this.#moveOn(error));',
    to: '',
  },
];

/** Copies the build with one thing changed. @throws Error where that is not found exactly once */
export function buildMutant(dist: string, folder: string, mutant: Mutant): string {
  rmSync(folder, { recursive: true, force: true });
  cpSync(dist, folder, { recursive: true });
  if (mutant.from !== '') writeFileSync(join(folder, 'audit/journal', mutant.file), mutantText(dist, mutant));
  return folder;
}

/** What the changed file of a mutant holds. @throws Error where what is to be changed is not found exactly once */
export function mutantText(dist: string, { name, file, from, to }: Mutant): string {
  const parts = readFileSync(join(dist, 'audit/journal', file), 'utf8').split(from);
  if (parts.length !== 2)
    throw new Error(`mutant "${name}": expected its text once in ${file}, got ${parts.length - 1}`);
  return parts.join(to);
}
