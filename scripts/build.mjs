// Builds dist: CommonJS by tsc, and beside each entry a thin ES module that re-exports that very CommonJS build,
// so that `import` and `require` see one instance. Does nothing where nothing has changed since the last build.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const sources = [
  'src',
  'scripts/build.mjs',
  'package.json',
  'node_modules/.package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
];
const stubs = Object.keys(manifest.exports).map((subpath) => join(subpath, 'package.json'));
const lastBuild = join(root, 'var/last-build');
if (existsSync(lastBuild) && readFileSync(lastBuild, 'utf8') === fingerprint()) process.exit();

// Built aside and put in place at the end: a build that fails leaves the last good one, for whoever is using it.
const dist = join(root, 'dist');
const next = join(root, `dist.${process.pid}`);
const built = (file) => join(next, relative(dist, join(root, file)));
process.on('exit', () => rmSync(next, { recursive: true, force: true }));

try {
  const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', next];
  execFileSync(process.execPath, tsc, { cwd: root, stdio: 'inherit' });
} catch {
  process.exit(1); // tsc has said why
}

for (const [subpath, conditions] of Object.entries(manifest.exports)) {
  if (!conditions.import || !conditions.require) continue;
  await writeModuleWrapper(conditions);
  if (subpath !== '.') writeNode10Stub(subpath, conditions.require);
}

const cli = join(next, 'cli/index.js');
if (existsSync(cli)) chmodSync(cli, 0o755);

rmSync(dist, { recursive: true, force: true });
renameSync(next, dist);
mkdirSync(dirname(lastBuild), { recursive: true });
writeFileSync(lastBuild, fingerprint());

async function writeModuleWrapper(conditions) {
  const module = built(conditions.import.default);
  const commonjs = built(conditions.require.default);
  const from = `./${basename(commonjs)}`;
  const names = Object.keys(require(commonjs)).sort();

  writeFileSync(
    module,
    `import cjs from '${from}';\n\nexport const {\n${names.map((name) => `  ${name},\n`).join('')}} = cjs;\n`,
  );
  writeFileSync(built(conditions.import.types), `export * from '${from}';\n`);

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

/** Of all that a build reads and writes. */
function fingerprint() {
  const hash = createHash('sha256');
  for (const file of [...sources, ...stubs, 'dist'].flatMap(filesOf)) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesOf(path) {
  const place = join(root, path);
  if (!existsSync(place)) return [];
  if (statSync(place).isFile()) return [path];
  return readdirSync(place)
    .sort()
    .flatMap((name) => filesOf(join(path, name)));
}
