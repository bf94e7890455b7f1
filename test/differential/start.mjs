// Runs run.ts: node test/differential/start.mjs [--cases 100000] [--seed 1] [--pairs] [--unmutated]
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const parent = join(here, '..', '..', 'var', 'test-tmp');
mkdirSync(parent, { recursive: true });
const folder = mkdtempSync(join(parent, 'differential-'));
const outfile = join(folder, 'run.cjs');
buildSync({
  entryPoints: [join(here, 'run.ts')],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  sourcemap: 'inline',
});
// Nearly everything that a case makes is gone with it: a larger nursery halves the time of the garbage collector.
const args = ['--enable-source-maps', '--max-semi-space-size=64', outfile, ...process.argv.slice(2)];
const child = spawn(process.execPath, args, { stdio: 'inherit' });
child.on('exit', (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
