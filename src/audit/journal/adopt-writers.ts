import * as fs from 'node:fs';
import { join } from 'node:path';
import type { DiagnosticLevel } from '../../diagnostics';
import type { AuditCheckpoint } from './anchors';
import type { ChainDamage } from './journal-record';
import type { JournalWriter, WriterSettings } from './journal-writer';
import { recoverWriter } from './recover-writer';
import { directoryNameOf, readRoot, type WriterDirectory } from './writer-directory';
import { isExpired } from './writer-lease';

/** Told of what nobody can be thrown at: where, and what; `warn` where no event is lost, nor its proof. */
export type OnJournalReport = (where: string, error: unknown, level: DiagnosticLevel) => void;

/** What came of all adoptions. */
export interface Adopted {
  readonly unknown: number;
  readonly damages: readonly ChainDamage[];
  /** The ends of the chains that were recovered. */
  readonly seals: readonly AuditCheckpoint[];
}

/** Recovers and seals the directories of writers that are gone. Of several that try, one gets each. */
export function adoptWriters(settings: WriterSettings, self: JournalWriter, report: OnJournalReport): Adopted {
  const { root } = settings;
  const { writers, foreign } = readRoot(root);
  for (const name of foreign)
    report(join(root, name), new Error('it is none of the journal’s, and left alone'), 'warn');
  let unknown = 0;
  const damages: ChainDamage[] = [];
  const seals: AuditCheckpoint[] = [];
  for (const directory of writers) {
    try {
      if (!isLeftBehind(root, directory)) continue;
      const adopted = take(root, directory, self);
      if (adopted === undefined) continue;
      const recovered = recoverWriter(settings, directory.writer, adopted);
      unknown += recovered.unknown;
      if (recovered.seal !== undefined) seals.push(recovered.seal);
      if (recovered.damage === undefined) continue;
      damages.push(recovered.damage);
      report(
        adopted,
        new Error(`segment ${recovered.damage.segment} is damaged at line ${recovered.damage.line}`),
        'error',
      );
    } catch (error) {
      report(directory.path, error, 'error');
    }
  }
  return { unknown, damages, seals };
}

function isLeftBehind(root: string, { state, path, adopter }: WriterDirectory): boolean {
  const now = Date.now();
  if (state === 'sealed') return false;
  if (state === 'adopted') return isExpired(join(root, directoryNameOf(adopter ?? '', 'live')), now);
  // One that is being made has no lease for a moment.
  if (state === 'new' && now - fs.statSync(path).mtimeMs < 10_000) return false;
  return isExpired(path, now);
}

/** The new path of a directory; undefined where another was quicker. */
function take(root: string, { writer, state, path }: WriterDirectory, self: JournalWriter): string | undefined {
  if (state === 'new') {
    fs.rmSync(path, { recursive: true, force: true });
    return undefined;
  }
  const adopted = join(root, directoryNameOf(writer, 'adopted', self.id));
  try {
    fs.renameSync(path, adopted);
    return adopted;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
