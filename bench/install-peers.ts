import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Prepared } from './measurement';

const root = join(__dirname, '../..');
/** A package of its own: what trefoil is compared with must not become a dependency of it. */
export const peersFolder = join(root, 'bench/peers');

/** The oldest that all of the peers support. */
const nodeVersion = '22';

/** Installs the peers, and the Node that they need, unless they are there already. */
export function installPeers(): Prepared {
  if (!isInstalled()) {
    const install = run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', peersFolder]);
    if (install.status !== 0) return { skipped: `npm ci in bench/peers failed: ${reason(install.stderr)}` };
  }
  const node = run(process.execPath, [join(root, 'scripts/install-node.mjs'), nodeVersion]);
  if (node.status !== 0) return { skipped: `Node ${nodeVersion} could not be installed: ${reason(node.stderr)}` };
  return { node: node.stdout.trim() };
}

/** What npm notes down of an installation has to be what the lock file asks for. */
function isInstalled(): boolean {
  const noted = join(peersFolder, 'node_modules/.package-lock.json');
  if (!existsSync(noted)) return false;
  const wanted = packagesOf(join(peersFolder, 'package-lock.json'));
  const present = packagesOf(noted);
  return Object.entries(wanted).every(([path, { version }]) => path === '' || present[path]?.version === version);
}

function packagesOf(lockFile: string): Readonly<Record<string, { readonly version?: string }>> {
  return (JSON.parse(readFileSync(lockFile, 'utf8')) as { packages: Record<string, { version?: string }> }).packages;
}

function run(program: string, args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(program, args, { cwd: root, encoding: 'utf8' });
}

/** What npm says first is what went wrong; then comes advice. */
function reason(output: string): string {
  return output.split('\n').find((line) => line.startsWith('npm error')) ?? 'npm gave no reason';
}
