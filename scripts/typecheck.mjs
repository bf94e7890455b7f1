// Type-checks everything that is TypeScript: src, the tests in both decorator dialects, examples and bench.
// Examples and bench import 'trefoil' as a user does, from dist: build first.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const projects = [
  'tsconfig.json',
  'test/tsconfig.standard.json',
  'test/tsconfig.legacy.json',
  'examples/tsconfig.json',
  'bench/tsconfig.json',
];

let failed = false;
for (const project of projects.filter(hasSources)) {
  const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project, '--noEmit'], {
    cwd: root,
    stdio: 'inherit',
  });
  console.log(`${tsc.status === 0 ? 'ok    ' : 'FAILED'} ${project}`);
  failed ||= tsc.status !== 0;
}
process.exitCode = failed ? 1 : 0;

function hasSources(project) {
  const folder = join(root, dirname(project));
  return existsSync(folder) && readdirSync(folder, { recursive: true }).some((file) => /(?<!\.d)\.ts$/.test(file));
}
