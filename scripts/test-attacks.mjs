// Plays the attacker, the log rotator and the failing machine against the audit trail: npm run test:attacks
// [-- --only hanging-disk]. Prints a line for each bar and closes with `N passed, N failed, N skipped`. Installs the tools
// that are missing, where it may; what this machine cannot do is skipped, and with CI=true it fails.
import { spawnSync } from 'node:child_process';
import { runParts } from './run-parts.mjs';

/** A command, and Debian's package of it. */
const tools = {
  strace: 'strace',
  faketime: 'faketime',
  'mkfs.ext4': 'e2fsprogs',
  fsfreeze: 'util-linux',
  mount: 'mount',
};

function has(command) {
  return spawnSync('sh', ['-c', `PATH=$PATH:/sbin:/usr/sbin command -v ${command}`]).status === 0;
}

const missing = Object.keys(tools).filter((command) => !has(command));
if (missing.length > 0 && process.getuid?.() === 0 && has('apt-get')) {
  const packages = missing.map((command) => tools[command]);
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...packages];
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  if (spawnSync('apt-get', install, options).status !== 0) {
    spawnSync('apt-get', ['update', '-qq'], options);
    spawnSync('apt-get', install, options);
  }
}

runParts('attacks', [
  'attacks/run',
  'attacks/busy-writer',
  'attacks/keyed-writer',
  'attacks/large-writer',
  'faults/writer',
]);
