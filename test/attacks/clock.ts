import { spawnSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A clock of a process that can be set while it runs; needs Debian's `faketime`. */
export class Clock {
  readonly #file: string;
  readonly #library: string;

  private constructor(file: string, library: string) {
    this.#file = file;
    this.#library = library;
    this.set('+0');
  }

  /** A clock that is right so far; or why there is none here, as a text. */
  static in(folder: string): Clock | string {
    const { error, stdout } = spawnSync('faketime', ['-m', '-f', '+0', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' });
    if (error !== undefined) return 'faketime is not installed';
    return new Clock(join(folder, 'clock'), stdout.trim());
  }

  /** As `faketime` understands it: `+3y`, `-2h`. */
  set(offset: string): void {
    writeFileSync(`${this.#file}.new`, `${offset}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }

  /** How a command is called so that somebody sets its clock: no time goes by. */
  get jumping(): string[] {
    return [...this.passing, 'FAKETIME_DONT_FAKE_MONOTONIC=1'];
  }

  /** How a command is called so that time goes by when the clock is set. */
  get passing(): string[] {
    return ['env', `LD_PRELOAD=${this.#library}`, `FAKETIME_TIMESTAMP_FILE=${this.#file}`, 'FAKETIME_NO_CACHE=1'];
  }
}
