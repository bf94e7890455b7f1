// Installs another version of Node from npm into var/node/, where it is kept, and prints the path of its binary:
// node scripts/install-node.mjs <version>
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const nodePackage = `node-${process.platform}-${process.arch}`;

/** The path of that version's binary; `undefined` where it cannot be installed. `output` takes what npm has to say. */
export async function installNode(version, output) {
  const prefix = join(root, 'var/node', version);
  const node = join(prefix, 'node_modules', nodePackage, 'bin/node');
  if (existsSync(node)) return node;
  mkdirSync(prefix, { recursive: true });
  const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', prefix];
  const child = spawn('npm', ['install', ...flags, `${nodePackage}@${version}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.write(chunk));
  await new Promise((resolve) => {
    child.on('error', (error) => {
      output.write(`${error.stack}\n`);
      resolve();
    });
    child.on('close', resolve);
  });
  return existsSync(node) ? node : undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const node = await installNode(process.argv[2], process.stderr);
  if (node === undefined) process.exitCode = 1;
  else console.log(node);
}
