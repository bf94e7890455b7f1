import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The checkout. */
export const root = join(__dirname, '../..');

/** The package as npm packs it. */
export interface PackedPackage {
  readonly file: string;
  /** Paths inside of the package. */
  readonly contents: readonly string[];
}

/** An application outside of the checkout that has installed the packed package. */
export class Consumer {
  readonly folder: string;
  #programs = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes a folder outside of the checkout, packs the package into it and installs it with the packages given. */
  static async install(...packages: string[]): Promise<{ consumer: Consumer; packed: PackedPackage }> {
    const consumer = new Consumer(mkdtempSync(join(tmpdir(), 'trefoil-consumer-')));
    try {
      const packed = await pack(consumer.folder);
      writeFileSync(join(consumer.folder, 'package.json'), '{ "name": "consumer", "private": true }\n');
      const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
      await run('npm', ['install', ...flags, packed.file, ...packages], { cwd: consumer.folder });
      return { consumer, packed };
    } catch (error) {
      consumer.remove();
      throw error;
    }
  }

  /** Runs a program in the application; it has to end by itself. Gives the JSON that it prints. */
  async run(program: string, extension: 'cjs' | 'mjs' = 'cjs'): Promise<unknown> {
    const file = join(this.folder, `program-${(this.#programs += 1)}.${extension}`);
    writeFileSync(file, program);
    const { stdout } = await run(process.execPath, [file], { cwd: this.folder, timeout: 20_000 });
    return JSON.parse(stdout);
  }

  /** Every installed copy of a package. */
  copiesOf(packageName: string): string[] {
    return readdirSync(join(this.folder, 'node_modules'), { recursive: true, encoding: 'utf8' }).filter((path) =>
      `/${path.replaceAll('\\', '/')}`.endsWith(`/${packageName}/package.json`),
    );
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function pack(destination: string): Promise<PackedPackage> {
  if (!existsSync(join(root, 'dist/index.js'))) await run(process.execPath, ['scripts/build.mjs'], { cwd: root });
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', destination], {
    cwd: root,
  });
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  return { file: join(destination, filename), contents: files.map(({ path }) => path).sort() };
}
