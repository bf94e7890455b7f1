// Builds the programs of a suite that works on the real thing, and runs it: each part of it prints its bars, and the last
// line is `N passed, N failed, N skipped`.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Runs the suite in `test/<suite>`. `programs` are its files, relative to `test/`, that become one program each; the first
 * one is the suite itself.
 */
export function runParts(suite, programs) {
  const parent = join(root, 'var/test-tmp');
  mkdirSync(parent, { recursive: true });
  const folder = realpathSync(mkdtempSync(join(parent, `${suite}-`)));
  buildSync({
    entryPoints: programs.map((path) => ({ in: join(root, 'test', `${path}.ts`), out: path.split('/').at(-1) })),
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'inline',
  });
  const args = [
    '--enable-source-maps',
    join(folder, 'run.cjs'),
    '--dist',
    join(root, 'dist'),
    ...process.argv.slice(2),
  ];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => {
    if (process.env.KEEP === undefined) rmSync(folder, { recursive: true, force: true });
    process.exitCode = code ?? 1;
  });
}
