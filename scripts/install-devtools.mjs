// Installs a receiver of OTLP that is not ours, and the Node that it needs, from npm into var/, where they are kept; prints
// how it is called: node scripts/install-devtools.mjs
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installNode } from './install-node.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const receiver = 'autotel-devtools@27.1.0';

/** Its command and first argument; `undefined` where it cannot be installed. `output` takes what npm has to say. */
async function installDevtools(output) {
  const node = await installNode('24', output);
  const prefix = join(root, 'var/devtools');
  const program = join(prefix, 'node_modules/autotel-devtools/dist/cli.js');
  if (node === undefined || existsSync(program)) return node === undefined ? undefined : [node, program];
  mkdirSync(prefix, { recursive: true });
  const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', prefix];
  const child = spawn('npm', ['install', ...flags, receiver], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.write(chunk));
  await new Promise((resolve) => {
    child.on('error', (error) => {
      output.write(`${error.stack}\n`);
      resolve();
    });
    child.on('close', resolve);
  });
  return existsSync(program) ? [node, program] : undefined;
}

const command = await installDevtools(process.stderr);
if (command === undefined) process.exitCode = 1;
else console.log(JSON.stringify(command));
