import * as fs from 'node:fs';
import { join } from 'node:path';
import type { DiagnosticLevel } from '../../diagnostics';
import { BackgroundRecovery } from './background-recovery';
import type { JournalWriter } from './journal-writer';
import type { Recovered } from './recover-writer';
import { directoryNameOf, readRoot, type WriterDirectory } from './writer-directory';
import { isOpeningWitnessed } from './scan-chain';
import { isGone } from './writer-lease';
import type { WriterSettings } from './writer-settings';

/** Told of what nobody can be thrown at: where, and what; `warn` where no event is lost, nor its proof. */
export type OnJournalReport = (where: string, error: unknown, level: DiagnosticLevel) => void;

/** Recovers and seals the directories of writers that are gone. Of several that try, one gets each. */
export class WriterAdoption {
  /** Ends the chains of what was adopted. */
  readonly recovery: BackgroundRecovery;
  /** The directories that are set aside: of this time and of earlier ones. */
  quarantined: string[] = [];
  readonly #settings: WriterSettings;
  readonly #report: OnJournalReport;
  /** What has been reported: each directory is tried again and again. */
  readonly #reported = new Set<string>();

  constructor(settings: WriterSettings, report: OnJournalReport, onRecovered: (recovered: Recovered) => void) {
    this.#settings = settings;
    this.#report = report;
    this.recovery = new BackgroundRecovery(settings, {
      onRecovered: (directory, recovered) => {
        this.#tellOf(directory, recovered);
        onRecovered(recovered);
      },
      onFailed: (directory, error) => this.#tell(directory, error),
    });
  }

  /** `self` is the writer that adopts. */
  run(self: JournalWriter): void {
    const { root } = this.#settings;
    const { writers, foreign } = readRoot(root);
    for (const name of foreign)
      this.#tell(join(root, name), new Error('it is none of the journal’s, and left alone'), 'warn');
    const names = new Set(writers.filter(({ state }) => state === 'sealed').map(({ writer }) => writer));
    this.quarantined = [];
    for (const directory of writers) {
      try {
        const isLeftBehind = this.#isLeftBehind(directory, self);
        if (directory.state === 'quarantined' && !isLeftBehind) this.quarantined.push(directory.path);
        if (!isLeftBehind || this.recovery.has(directory.writer)) continue;
        if (names.has(directory.writer)) throw new Error('there is another directory of this writer, which has ended');
        const adopted = take(root, directory, self);
        if (adopted !== undefined) this.recovery.add(directory.writer, adopted);
      } catch (error) {
        this.#tell(directory.path, error);
      }
    }
    this.recovery.begin();
  }

  #tellOf(adopted: string, { quarantined, damage }: Recovered): void {
    if (quarantined !== undefined) {
      this.quarantined.push(quarantined);
      const why = 'no trusted key has signed its beginning: it is set aside, and no part of the trail';
      this.#tell(quarantined, new Error(why));
    }
    if (damage === undefined) return;
    this.#tell(adopted, new Error(`segment ${damage.segment} is damaged at line ${damage.line}`));
  }

  #isLeftBehind({ writer, state, path, adopter }: WriterDirectory, self: JournalWriter): boolean {
    const { root, trusted } = this.#settings;
    const now = Date.now();
    if (state === 'sealed' || path === self.directory) return false;
    const { uid, mtimeMs } = fs.lstatSync(path);
    // Another user’s is that one’s to end.
    if (uid !== (process.geteuid?.() ?? uid)) return false;
    // Its key may have become a trusted one.
    if (state === 'quarantined') return isOpeningWitnessed(path, writer, trusted);
    // Its own, from before, is what it could not end at that time.
    if (state === 'adopted' && adopter === self.id) return true;
    if (state === 'adopted') return isGone(join(root, directoryNameOf(adopter ?? '', 'live')), now, trusted);
    // One that is being made has no lease for a moment.
    if (state === 'new' && now - mtimeMs < 10_000) return false;
    return isGone(path, now, trusted);
  }

  #tell(where: string, error: unknown, level: DiagnosticLevel = 'error'): void {
    const known = `${where} ${String(error)}`;
    if (this.#reported.has(known)) return;
    this.#reported.add(known);
    this.#report(where, error, level);
  }
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
