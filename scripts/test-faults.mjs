// Breaks disks and kills processes under the audit trail: npm run test:faults [-- --nightly] [-- --only matrix]. Prints a
// line for each bar and closes with `N passed, N failed, N skipped`. Exits non-zero if anything failed; what this machine
// cannot do is skipped, and with CI=true it fails.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const faults = join(root, 'test/faults');
const parent = join(root, 'var/test-tmp');
mkdirSync(parent, { recursive: true });
const folder = realpathSync(mkdtempSync(join(parent, 'faults-')));
buildSync({
  entryPoints: ['run', 'strict-store', 'writer'].map((name) => join(faults, `${name}.ts`)),
  outdir: folder,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  sourcemap: 'inline',
});
const args = ['--enable-source-maps', join(folder, 'run.cjs'), '--dist', join(root, 'dist'), ...process.argv.slice(2)];
const child = spawn(process.execPath, args, { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => {
  if (process.env.KEEP === undefined) rmSync(folder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
