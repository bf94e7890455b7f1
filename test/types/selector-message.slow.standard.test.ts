// What the compiler says of a selector that does not fit. The file is named `standard` only so that it runs once.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = join(__dirname, '../..');
const temporary = join(root, 'var/test-tmp');
const decorators = ['Audited', 'Traced', 'Observed'] as const;
let folder: string;

beforeAll(() => {
  mkdirSync(temporary, { recursive: true });
  folder = mkdtempSync(join(temporary, 'message-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each([
  ['legacy', true],
  ['standard', false],
])('in the %s dialect', (dialect, experimentalDecorators) => {
  const fileOf = (decorator: string): string => join(folder, `${dialect}-${decorator}.ts`);
  let program: ts.Program;

  // One program for all of them: nearly all of the time goes into reading the libraries.
  beforeAll(() => {
    for (const decorator of decorators) {
      writeFileSync(
        fileOf(decorator),
        `import { ${decorator} } from '../../../src/index';
        export class OrderStore {
          @${decorator}({ item: (id: number) => id })
          get(id: string): string { return id; }
        }`,
      );
    }
    program = programOf(decorators.map(fileOf), experimentalDecorators);
  });

  test.each(decorators)('@%s says that the selector does not fit, and which types differ', (decorator) => {
    const message = messageOf(program, fileOf(decorator));
    expect(message).toContain('a selector does not take');
    expect(message).toContain("Type 'number' is not assignable to type 'string'");
  });
});

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  types: ['node'],
  strict: true,
  noEmit: true,
};
const host = ts.createCompilerHost(options);
const parsed = new Map<string, ts.SourceFile | undefined>();

/** Both dialects share what has been read: the libraries are the same. */
function programOf(files: readonly string[], experimentalDecorators: boolean): ts.Program {
  const getSourceFile: ts.CompilerHost['getSourceFile'] = (file, ...how) => {
    if (!parsed.has(file)) parsed.set(file, host.getSourceFile(file, ...how));
    return parsed.get(file);
  };
  return ts.createProgram(files, { ...options, experimentalDecorators }, { ...host, getSourceFile });
}

function messageOf(program: ts.Program, file: string): string {
  const diagnostics = program.getSemanticDiagnostics(program.getSourceFile(file));
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')).join('\n');
}
