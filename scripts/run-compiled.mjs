// Builds trefoil, compiles a folder of TypeScript that uses it from dist, and runs one of its programs.
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Ends this process with the exit code or signal of the program.
 *
 * @param {string} folder the folder whose tsconfig.json emits to its `dist`
 * @param {string} program the program, relative to that `dist`
 * @param {{ nodeOptions?: string[], args?: string[] }} options
 */
export function runCompiled(folder, program, { nodeOptions = [], args = [] } = {}) {
  step('scripts/build.mjs');
  step('node_modules/typescript/bin/tsc', '-p', `${folder}/tsconfig.json`);

  const file = join(root, folder, 'dist', program);
  const child = spawn(process.execPath, ['--enable-source-maps', ...nodeOptions, file, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // Ctrl-C at a terminal reaches the whole process group: the child has it already.
      if (!(signal === 'SIGINT' && process.stdin.isTTY)) child.kill(signal);
    });
  }
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

function step(...command) {
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
