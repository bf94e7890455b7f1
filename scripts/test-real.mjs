// Holds trefoil against real software, such as Prometheus and receivers of OTLP: npm run test:real [-- --only prometheus].
// Prints a line for each bar and closes with `N passed, N failed, N skipped`. Exits non-zero if anything failed; what this
// machine lacks is skipped, and with CI=true it fails.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const real = join(root, 'test/real');
const parent = join(root, 'var/test-tmp');
mkdirSync(parent, { recursive: true });
const folder = realpathSync(mkdtempSync(join(parent, 'real-')));
const programs = readdirSync(join(real, 'programs')).map((name) => join(real, 'programs', name));
buildSync({
  // The demo's processes are started by their names beside the program that starts them.
  entryPoints: [
    join(real, 'run.ts'),
    ...programs,
    ...['service-process', 'span-receiver'].map((name) => join(root, 'examples/orders/driver', `${name}.ts`)),
  ],
  outdir: folder,
  entryNames: '[name]',
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  sourcemap: 'inline',
  logOverride: { 'require-resolve-not-external': 'silent' },
});
// The receiver of OTLP reads the definitions beside itself.
copyFileSync(join(root, 'test/fixtures/otlp.proto'), join(folder, 'otlp.proto'));
const args = ['--enable-source-maps', join(folder, 'run.js'), ...process.argv.slice(2)];
const child = spawn(process.execPath, args, { stdio: 'inherit', cwd: root });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => {
  if (process.env.KEEP === undefined) rmSync(folder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
