// Builds dist: CommonJS by tsc, and beside each entry a thin ES module that re-exports that very CommonJS build,
// so that `import` and `require` see one instance.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

rmSync(join(root, 'dist'), { recursive: true, force: true });
try {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
} catch {
  process.exit(1); // tsc has said why
}

for (const [subpath, conditions] of Object.entries(manifest.exports)) {
  if (!conditions.import || !conditions.require) continue;
  await writeModuleWrapper(conditions);
  if (subpath !== '.') writeNode10Stub(subpath, conditions.require);
}

const cli = join(root, 'dist/cli/index.js');
if (existsSync(cli)) chmodSync(cli, 0o755);

async function writeModuleWrapper(conditions) {
  const module = join(root, conditions.import.default);
  const commonjs = join(root, conditions.require.default);
  const from = `./${basename(commonjs)}`;
  const names = Object.keys(require(commonjs)).sort();

  writeFileSync(
    module,
    `import cjs from '${from}';\n\nexport const {\n${names.map((name) => `  ${name},\n`).join('')}} = cjs;\n`,
  );
  writeFileSync(join(root, conditions.import.types), `export * from '${from}';\n`);

  const seen = Object.keys(await import(pathToFileURL(module).href)).sort();
  if (seen.join() !== names.join())
    throw new Error(`${relative(root, module)} exports ${seen.join()}, expected ${names.join()}`);
}

/** Resolvers that know no `exports` (TypeScript's node10) find a sub-path by a folder of that name. */
function writeNode10Stub(subpath, target) {
  const folder = join(root, subpath);
  const toStub = (file) => relative(folder, join(root, file)).replaceAll('\\', '/');
  const stub = { main: toStub(target.default), types: toStub(target.types) };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(stub, null, 2)}\n`);
}
