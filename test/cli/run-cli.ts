import { execFileSync, spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const cli = join(root, 'dist', 'cli', 'index.js');

/** The command line as it is installed, so it has to be built. */
export function buildCli(): void {
  if (!existsSync(cli)) execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: root });
}

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export async function trefoil(...args: readonly string[]): Promise<Ended> {
  return new Command(args).ended;
}

/** A command whose output goes to a descriptor. */
export function spawnCli(
  args: readonly string[],
  stdout: number,
): { readonly status: number | null; readonly stderr: string } {
  return spawnSync(process.execPath, [cli, ...args], { stdio: ['ignore', stdout, 'pipe'], encoding: 'utf8' });
}

/** A command that goes on until it is told to end. */
export class Command {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcessWithoutNullStreams;
  #out = '';

  constructor(args: readonly string[]) {
    const child = spawn(process.execPath, [cli, ...args], { env: { PATH: process.env['PATH'] } });
    this.#child = child;
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, out: this.#out, err }));
    });
  }

  /** Resolves once a line holds the text. */
  async prints(text: string): Promise<void> {
    while (!this.#out.includes(text)) {
      await new Promise<void>((resolve, reject) => {
        this.#child.stdout.once('data', () => resolve());
        this.#child.once('close', () => reject(new Error(`ended without ${text}: ${this.#out}`)));
      });
    }
  }

  interrupt(): Promise<Ended> {
    this.#child.kill('SIGINT');
    return this.ended;
  }

  /** Stops reading, as `head` does. */
  closeOutput(): Promise<Ended> {
    this.#child.stdout.destroy();
    return this.ended;
  }
}
