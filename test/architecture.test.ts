import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import ts from 'typescript';

const sources = join(__dirname, '../src');

/** Layers from the base up; a folder stands for all of its files, `index` for the entry. */
const layers: readonly (readonly string[])[] = [
  [
    'errors',
    'diagnostics',
    'export-health',
    'nearest-name',
    'option-values',
    'optional-peer',
    'otlp-requests',
    'otlp-url',
    'otlp-values',
    'schema-nodes',
    'validate-options',
    'redaction',
  ],
  ['call'],
  ['audit', 'metrics', 'tracing', 'logging', 'decorators'],
  ['runtime'],
  ['http', 'health', 'sqlite', 'workflow', 'generate', 'dashboard', 'testing', 'index'],
  ['cli'],
];

/** The one layer whose parts build on each other; the cycle check covers them. */
const baseLayer = 0;

const environmentReader = 'runtime/environment';
const tsyringeUser = 'runtime/container';
const namesOfNothing = /^(utils?|helpers?|common|types?|misc|shared)$/;

interface Import {
  /** A module of the source tree without its extension, or a package. */
  readonly from: string;
  readonly isLocal: boolean;
  /** Erased by the compiler. */
  readonly isTypeOnly: boolean;
}

/** What the rules look at; synthetic ones are checked below. */
interface Module {
  readonly imports: readonly Import[];
  readonly exportsAll: boolean;
  readonly readsEnvironment: boolean;
}

type Modules = Readonly<Record<string, Module>>;

describe('the source tree', () => {
  const modules = readModules(sources);

  it('is seen as a whole, with type-only imports', () => {
    expect(Object.keys(modules).length).toBeGreaterThan(60);
    expect(modules['call/plan']?.imports).toContainEqual({ from: 'call/outcome', isLocal: true, isTypeOnly: false });
    expect(modules['runtime/tokens']?.imports).toEqual([]);
    expect(modules['audit/audit-status']).toBeDefined();
    expect(modules['decorators/counted']?.imports).toContainEqual({
      from: 'decorators/decorator-options',
      isLocal: true,
      isTypeOnly: true,
    });
  });

  it('imports only files that exist', () => expect(importsOfNothing(modules)).toEqual([]));

  it('has imports that flow down its layers, and none between siblings', () =>
    expect(layerViolations(modules)).toEqual([]));

  it('has no cycles, not even of types', () => expect(cycles(modules)).toEqual([]));

  it('reads the environment in one file', () => expect(readersOfEnvironment(modules)).toEqual([environmentReader]));

  it('uses tsyringe in one file, and its types elsewhere', () =>
    expect(usersOfTsyringe(modules)).toEqual([tsyringeUser]));

  it('imports no barrel from inside', () => expect(barrelImports(modules)).toEqual([]));

  it('lists every exported name: nothing is exported with a star', () =>
    expect(Object.keys(modules).filter((name) => modules[name]?.exportsAll)).toEqual([]));

  it('names its files in kebab-case, after what they hold', () => expect(badNames(Object.keys(modules))).toEqual([]));

  it('is TypeScript alone', () => {
    const strangers = filesOf(sources).filter((file) => !file.endsWith('.ts') || file.endsWith('.d.ts'));
    expect(strangers).toEqual([]);
  });
});

describe('the rules catch', () => {
  it('an import that flows up, and one between siblings, even of a type', () => {
    const modules = graph({
      'call/call': ['runtime/trefoil'],
      'audit/journal': ['metrics/counter', 'call/call', 'errors'],
      'metrics/counter': [],
      'runtime/trefoil': ['audit/journal'],
      'testing/contract': ['http/server'],
      'http/server': ['audit/journal'],
      errors: ['call/call'],
      diagnostics: ['errors'],
    });
    expect(layerViolations(modules)).toEqual([
      'call/call -> runtime/trefoil',
      'audit/journal -> metrics/counter',
      'testing/contract -> http/server',
      'errors -> call/call',
    ]);
  });

  it('a file or folder that no layer knows', () => {
    expect(layerViolations(graph({ 'plumbing/pipe': [], loose: [] }))).toEqual([
      'plumbing/pipe has no layer',
      'loose has no layer',
    ]);
  });

  it('an import of a file that is not there', () => {
    expect(importsOfNothing(graph({ 'call/call': ['call/gone'] }))).toEqual(['call/call -> call/gone']);
  });

  it('cycles, of two and of many', () => {
    const two = graph({ 'call/a': ['call/b'], 'call/b': ['call/a'] });
    const three = graph({ 'call/a': ['call/b'], 'call/b': ['call/c'], 'call/c': ['call/a'], 'call/d': ['call/a'] });
    expect(cycles(two)).toEqual(['call/a -> call/b -> call/a']);
    expect(cycles(three)).toEqual(['call/a -> call/b -> call/c -> call/a']);
    expect(cycles(graph({ 'call/a': ['call/b', 'call/c'], 'call/b': ['call/c'], 'call/c': [] }))).toEqual([]);
  });

  it('every way of importing', () => {
    const { imports } = parse(
      'call/call',
      `import '../one';
       import two from '../two';
       import type { Three } from '../three';
       import { type Four, type Other } from '../four';
       import { type Five, five } from '../five';
       export { six } from '../six';
       export type { Seven } from '../seven';
       import eight = require('../eight');
       const nine = require('../nine');
       const ten = import('../ten');
       type Eleven = import('../eleven').Eleven;
       jest.requireActual('../twelve');
       // import '../comment';
       const text = "import '../text'";`,
    );
    expect(imports.map(({ from, isTypeOnly }) => (isTypeOnly ? `type ${from}` : from))).toEqual([
      'one',
      'two',
      'type three',
      'type four',
      'five',
      'six',
      'type seven',
      'eight',
      'nine',
      'ten',
      'type eleven',
    ]);
  });

  it.each([
    'process.env.HOME',
    'process.env',
    "process['env']",
    'globalThis.process.env.HOME',
    'const { env } = process;',
    'const { env: { HOME } } = process;',
    "import { env } from 'node:process';",
    "import { env as e } from 'process';",
  ])('a read of the environment: %s', (code) => {
    expect(parse('audit/journal', code).readsEnvironment).toBe(true);
  });

  it.each(['process.pid', 'options.env', "'process.env'", 'const { pid } = process;', '// process.env'])(
    'no read of the environment in: %s',
    (code) => expect(parse('audit/journal', code).readsEnvironment).toBe(false),
  );

  it('values of tsyringe outside of their file, and lets types pass', () => {
    const modules = {
      'runtime/container': parse('runtime/container', "import { container } from 'tsyringe';"),
      'runtime/trefoil': parse('runtime/trefoil', "import type { DependencyContainer } from 'tsyringe';"),
      'audit/journal': parse('audit/journal', "import { injectable } from 'tsyringe';"),
    };
    expect(usersOfTsyringe(modules)).toEqual(['runtime/container', 'audit/journal']);
  });

  it('barrels and stars', () => {
    const modules = graph({ 'testing/contract': ['index'], 'runtime/trefoil': ['testing/index'], index: [] });
    expect(barrelImports(modules)).toEqual(['testing/contract -> index', 'runtime/trefoil -> testing/index']);
    expect(parse('index', "export * from './errors';").exportsAll).toBe(true);
    expect(parse('index', "export * as errors from './errors';").exportsAll).toBe(true);
    expect(parse('index', "export { TrefoilError } from './errors';").exportsAll).toBe(false);
  });

  it('names that are not kebab-case or say nothing', () => {
    const names = [
      'call/callSite',
      'call/Call',
      'call/call_site',
      'call/utils',
      'audit/types',
      'helpers/call',
      'call/call-2',
    ];
    expect(badNames(names)).toEqual(names.slice(0, -1));
  });
});

function importsOfNothing(modules: Modules): string[] {
  return localImports(modules)
    .filter(([, to]) => modules[to] === undefined)
    .map(([name, to]) => `${name} -> ${to}`);
}

function layerViolations(modules: Modules): string[] {
  const lost = Object.keys(modules).filter((name) => layerOf(name) === -1);
  const wrong = localImports(modules).filter(([name, to]) => {
    const [above, below] = [layerOf(name), layerOf(to)];
    return below > above || (below === above && below !== baseLayer && partOf(name) !== partOf(to));
  });
  return [...lost.map((name) => `${name} has no layer`), ...wrong.map(([name, to]) => `${name} -> ${to}`)];
}

/** One path for each import that closes a cycle. */
function cycles(modules: Modules): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    const start = path.indexOf(name);
    if (start !== -1) return void found.push([...path.slice(start), name].join(' -> '));
    if (done.has(name)) return;
    for (const { from, isLocal } of modules[name]?.imports ?? []) if (isLocal) visit(from, [...path, name]);
    done.add(name);
  };
  for (const name of Object.keys(modules)) visit(name, []);
  return found;
}

function readersOfEnvironment(modules: Modules): string[] {
  return Object.keys(modules).filter((name) => modules[name]?.readsEnvironment);
}

function usersOfTsyringe(modules: Modules): string[] {
  return Object.keys(modules).filter((name) =>
    modules[name]?.imports.some(({ from, isTypeOnly }) => from === 'tsyringe' && !isTypeOnly),
  );
}

function barrelImports(modules: Modules): string[] {
  return localImports(modules)
    .filter(([, to]) => basename(to) === 'index')
    .map(([name, to]) => `${name} -> ${to}`);
}

function badNames(names: readonly string[]): string[] {
  return names.filter((name) =>
    name.split('/').some((part) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(part) || namesOfNothing.test(part)),
  );
}

function localImports(modules: Modules): (readonly [name: string, to: string])[] {
  return Object.entries(modules).flatMap(([name, { imports }]) =>
    imports.filter(({ isLocal }) => isLocal).map(({ from }) => [name, from] as const),
  );
}

function layerOf(name: string): number {
  return layers.findIndex((parts) => parts.includes(partOf(name)));
}

function partOf(name: string): string {
  return name.split('/')[0] ?? name;
}

function graph(imports: Readonly<Record<string, readonly string[]>>): Modules {
  return Object.fromEntries(
    Object.entries(imports).map(([name, from]) => [
      name,
      {
        imports: from.map((each) => ({ from: each, isLocal: true, isTypeOnly: true })),
        exportsAll: false,
        readsEnvironment: false,
      },
    ]),
  );
}

function readModules(folder: string): Modules {
  return Object.fromEntries(
    filesOf(folder).map((file) => {
      const name = file.replace(/\.ts$/, '');
      return [name, parse(name, readFileSync(join(folder, file), 'utf8'))];
    }),
  );
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

function parse(name: string, code: string): Module {
  const file = ts.createSourceFile(`${name}.ts`, code, ts.ScriptTarget.Latest, true);
  const imports: Import[] = [];
  let exportsAll = false;
  let readsEnvironment = false;
  const add = (specifier: ts.Node | undefined, isTypeOnly: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    const isLocal = specifier.text.startsWith('.');
    const from = isLocal ? join(dirname(name), specifier.text).split(sep).join('/') : specifier.text;
    imports.push({ from, isLocal, isTypeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isErased(node.importClause));
    else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly);
      exportsAll ||= node.exportClause === undefined || ts.isNamespaceExport(node.exportClause);
    } else if (ts.isExternalModuleReference(node)) add(node.expression, false);
    else if (ts.isImportTypeNode(node))
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true);
    else if (ts.isCallExpression(node) && isImportCall(node.expression)) add(node.arguments[0], false);
    readsEnvironment ||= isEnvironmentRead(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { imports, exportsAll, readsEnvironment };
}

function isErased(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = clause;
  if (name !== undefined || namedBindings === undefined || ts.isNamespaceImport(namedBindings)) return false;
  return namedBindings.elements.length > 0 && namedBindings.elements.every(({ isTypeOnly }) => isTypeOnly);
}

function isImportCall(callee: ts.Expression): boolean {
  return callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require');
}

function isEnvironmentRead(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.name.text === 'env' && isProcess(node.expression);
  if (ts.isElementAccessExpression(node)) {
    const { argumentExpression: key } = node;
    return isProcess(node.expression) && !(ts.isStringLiteralLike(key) && key.text !== 'env');
  }
  if (ts.isVariableDeclaration(node)) {
    const { name, initializer } = node;
    if (initializer === undefined || !isProcess(initializer) || !ts.isObjectBindingPattern(name)) return false;
    return name.elements.some((element) => (element.propertyName ?? element.name).getText() === 'env');
  }
  if (!ts.isImportSpecifier(node)) return false;
  const { moduleSpecifier } = node.parent.parent.parent;
  const isFromProcess = ts.isStringLiteral(moduleSpecifier) && /^(node:)?process$/.test(moduleSpecifier.text);
  return isFromProcess && (node.propertyName ?? node.name).text === 'env';
}

function isProcess(expression: ts.Expression): boolean {
  if (ts.isIdentifier(expression)) return expression.text === 'process';
  return ts.isPropertyAccessExpression(expression) && expression.name.text === 'process';
}
