import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An ext4 disk in a file, which can be frozen: whoever writes to it then hangs in the kernel. */
export class LoopDisk {
  readonly path: string;
  readonly #image: string;
  #isFrozen = false;

  private constructor(path: string, image: string) {
    this.path = path;
    this.#image = image;
  }

  /** Gives why it cannot be, as a text, where this machine does not have such disks. */
  static mount(folder: string, megabytes: number): LoopDisk | string {
    const image = join(folder, 'disk.img');
    const path = join(folder, 'disk');
    mkdirSync(path, { recursive: true });
    writeFileSync(image, '');
    truncateSync(image, megabytes * 1_048_576);
    const why =
      run('mkfs.ext4', '-q', '-F', image) ?? run('mount', '-o', 'loop', image, path) ?? run('fsfreeze', '--help');
    if (why === undefined) return new LoopDisk(path, image);
    spawnSync('umount', [path]);
    rmSync(image, { force: true });
    return why;
  }

  freeze(): void {
    const why = run('fsfreeze', '-f', this.path);
    if (why !== undefined) throw new Error(why);
    this.#isFrozen = true;
  }

  thaw(): void {
    if (this.#isFrozen) run('fsfreeze', '-u', this.path);
    this.#isFrozen = false;
  }

  unmount(): void {
    this.thaw();
    run('umount', '-l', this.path);
    rmSync(this.#image, { force: true });
  }
}

/** Why a command has failed. */
function run(command: string, ...args: readonly string[]): string | undefined {
  const path = `${process.env['PATH'] ?? ''}:/sbin:/usr/sbin`;
  const { error, status, stderr } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, PATH: path } });
  if (error !== undefined) return `${command}: ${error.message}`;
  return status === 0 ? undefined : `${command}: ${stderr.trim().split('\n')[0]}`;
}
