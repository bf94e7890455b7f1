import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';
import { errorTable } from '../src/errors';

const root = join(__dirname, '..');

const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesBelow('docs', '.md')].filter(
  (file) => !file.startsWith('docs/api/') && existsSync(join(root, file)),
);
const sources = filesBelow('src', '.ts');

/** A block of TypeScript in a document or comment; a block in any other language is text. */
interface Block {
  readonly file: string;
  /** Of its first line of code, from 1. */
  readonly line: number;
  readonly code: string;
}

describe('docs/reference/errors.md', () => {
  const [, thrown = '', reported = ''] = read('docs/reference/errors.md').split(/^## (?:Thrown|Reported)$/m);
  const sections = { error: sectionsOf(thrown), report: sectionsOf(reported) };

  it('has a section for every code of the table, and for no other, in its order', () => {
    for (const kind of ['error', 'report'] as const) {
      const codes = Object.entries(errorTable).filter(([, entry]) => entry.kind === kind);
      expect([...sections[kind].keys()]).toEqual(codes.map(([code]) => code));
    }
  });

  it.each(Object.entries(errorTable))('says of %s what it means, when it appears and what to do', (code, entry) => {
    const { kind, summary } = entry;
    const section = (sections[kind].get(code) ?? '').replaceAll(/\s+/g, ' ');
    expect(section.toLowerCase()).toContain(`${summary.toLowerCase()}.`);
    expect(section).toMatch(/- \*\*When:\*\* \S.{20,}- \*\*What to do:\*\* \S.{10,}/);
  });

  it('is complete: no document names a code that the table does not have', () => {
    const unknown = documents.flatMap((file) =>
      [...read(file).matchAll(/\bTREFOIL_[A-Z_]+\b/g)]
        .filter(([code]) => !(code in errorTable) && !variables.has(code))
        .map(([code]) => `${file}: ${code}`),
    );
    expect(unknown).toEqual([]);
  });
});

/** Environment variables look like codes. */
const variables = new Set(['TREFOIL_ENV']);

describe('the examples', () => {
  const blocks = [
    ...documents.flatMap((file) => blocksOf(file, read(file))),
    ...sources.flatMap((file) => commentsOf(file).flatMap(({ text, line }) => blocksOf(file, text, line))),
  ];
  const problems = new Map<string, string[]>();

  // One program for all of them: nearly all of the time goes into reading the libraries.
  beforeAll(() => {
    if (!existsSync(join(root, 'dist/index.d.ts'))) {
      execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: root });
    }
    for (const { file, message } of compile(blocks)) problems.set(file, [...(problems.get(file) ?? []), message]);
  }, 120_000);

  it.each([...new Set(blocks.map(({ file }) => file))])('of %s compile against the built package', (file) => {
    expect(problems.get(file) ?? []).toEqual([]);
  });

  it('in the sources are all TypeScript that is checked', () => {
    const unchecked = sources.flatMap((file) =>
      commentsOf(file)
        .filter(({ text }) => /@example/.test(text) && blocksOf(file, text).length === 0)
        .map(({ line }) => `${file}:${line}`),
    );
    expect(unchecked).toEqual([]);
  });

  it('would be caught if they did not compile', () => {
    const wrong = [
      {
        file: 'a.md',
        line: 7,
        code: "import { Audited } from 'trefoil';\nexport const decorator = Audited({ itme: 1 });",
      },
      { file: 'b.md', line: 1, code: "import { NoSuchName } from 'trefoil';\nconsole.log(NoSuchName);" },
      {
        file: 'c.md',
        line: 1,
        code: "import { auditBackendContract } from 'trefoil/testing';\nauditBackendContract();",
      },
      { file: 'd.md', line: 1, code: "import { Audited } from 'trefoil';\nAudited({ event: 'read' });" },
    ];
    expect(compile(wrong).map(({ file, message }) => `${file} ${message.split(' ')[0]}`)).toEqual([
      'a.md 8',
      'b.md 1',
      'c.md 2',
    ]);
  });
});

describe('the documentation of the code', () => {
  const entries = ['src/index.ts', 'src/testing/index.ts'].map((file) => join(root, file));
  const program = ts.createProgram(entries, { module: ts.ModuleKind.NodeNext, skipLibCheck: true, types: ['node'] });
  const checker = program.getTypeChecker();
  const exported = entries.flatMap((entry) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(entry) as ts.SourceFile) as ts.Symbol;
    return checker.getExportsOfModule(module).map((symbol) => {
      const origin = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const isOurs =
        origin.declarations?.some((at) => !at.getSourceFile().fileName.includes('/node_modules/')) ?? false;
      return { name: symbol.name, origin, isOurs };
    });
  });

  it('has a sentence on every export', () => {
    const silent = exported.filter(
      ({ origin, isOurs }) => isOurs && ts.displayPartsToString(origin.getDocumentationComment(checker)).trim() === '',
    );
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it('has an example on every function and class that a user calls', () => {
    const without = exported.filter(
      ({ origin, isOurs }) =>
        isOurs &&
        (origin.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Class)) !== 0 &&
        origin.getJsDocTags(checker).every(({ name }) => name !== 'example'),
    );
    // Made by trefoil, never by a user.
    const made = ['AuditOutcomeError', 'AuditUnavailableError', 'InMemorySpan', 'Call', 'Operation', 'Trefoil'];
    expect(without.map(({ name }) => name).filter((name) => !made.includes(name))).toEqual([]);
  });
});

describe('links between documents', () => {
  it.each(documents)('of %s lead somewhere', (file) => {
    const broken = [...withoutCode(read(file)).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(file, link));
    expect(broken).toEqual([]);
  });

  it('are caught where they do not', () => {
    expect(leadsSomewhere('README.md', 'docs/reference/errors.md')).toBe(true);
    expect(leadsSomewhere('README.md', 'docs/reference/errors.md#trefoil_closed')).toBe(true);
    expect(leadsSomewhere('docs/reference/errors.md', '#thrown')).toBe(true);
    expect(leadsSomewhere('docs/reference/errors.md', '#thrown-away')).toBe(false);
    expect(leadsSomewhere('README.md', 'docs/reference/no-errors.md')).toBe(false);
  });
});

function leadsSomewhere(file: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? file : relative(root, resolve(root, dirname(file), path));
  if (!existsSync(join(root, target))) return false;
  return anchor === undefined || anchorsOf(read(target)).has(anchor);
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): Set<string> {
  const headings = [...withoutCode(text).matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-'),
    ),
  );
}

function withoutCode(text: string): string {
  return text
    .replaceAll(/^ *```[\s\S]*?^ *```/gm, '')
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[()[\]]/g, ''));
}

function sectionsOf(text: string): Map<string, string> {
  const [, ...parts] = text.split(/^### (?=TREFOIL_)/m);
  return new Map(
    parts.map((part) => {
      const [code = ''] = part.split('\n');
      return [code.trim(), part.slice(code.length)];
    }),
  );
}

function blocksOf(file: string, text: string, firstLine = 1): Block[] {
  const blocks: Block[] = [];
  for (const match of text.matchAll(/^( *)```(?:ts|typescript)\b[^\n]*\n([\s\S]*?)^ *```/gm)) {
    const line = firstLine + text.slice(0, match.index).split('\n').length;
    blocks.push({ file, line, code: match[2] ?? '' });
  }
  return blocks;
}

/** Doc comments without their margin. */
function commentsOf(file: string): { text: string; line: number }[] {
  const text = read(file);
  return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].map((match) => ({
    text: match[0].replaceAll(/^ *\* ?/gm, ''),
    line: text.slice(0, match.index).split('\n').length,
  }));
}

function compile(blocks: readonly Block[]): { file: string; message: string }[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node', 'jest'],
    rootDir: root,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
  };
  // Files that are not there, at the root of the package, so that it is found by its name as built. Each is an ES
  // module, for `await` at its top; empty lines before the code keep its line numbers those of the document.
  const virtual = new Map(
    blocks.map((block, index) => [join(root, `example-${index}.mts`).split(sep).join('/'), block] as const),
  );
  const textOf = ({ line, code }: Block): string => `${'\n'.repeat(line - 1)}${code}\nexport {};\n`;
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => virtual.has(name) || fileExists(name);
  host.readFile = (name) => {
    const block = virtual.get(name);
    return block === undefined ? readFile(name) : textOf(block);
  };
  host.getSourceFile = (name, languageOptions, ...rest) => {
    const block = virtual.get(name);
    if (block === undefined) return getSourceFile(name, languageOptions, ...rest);
    return ts.createSourceFile(name, textOf(block), languageOptions);
  };
  const program = ts.createProgram([...virtual.keys()], options, host);
  const problems: { file: string; message: string }[] = [];
  for (const [name, { file }] of virtual) {
    const source = program.getSourceFile(name);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    for (const { start = 0, messageText } of found) {
      const line = (source?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
      problems.push({ file, message: `${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}` });
    }
  }
  for (const { messageText } of [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()]) {
    throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
  }
  return problems;
}

function filesBelow(folder: string, extension: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(extension))
    .map((file) => `${folder}/${file.split(sep).join('/')}`)
    .sort();
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
