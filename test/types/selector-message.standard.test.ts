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
  test.each(decorators)('@%s says that the selector does not fit, and which types differ', (decorator) => {
    const file = join(folder, `${dialect}-${decorator}.ts`);
    writeFileSync(
      file,
      `import { ${decorator} } from '../../../src/index';
      export class OrderStore {
        @${decorator}({ item: (id: number) => id })
        get(id: string): string { return id; }
      }`,
    );
    const message = messageOf(file, experimentalDecorators);
    expect(message).toContain('a selector does not take');
    expect(message).toContain("Type 'number' is not assignable to type 'string'");
  });
});

function messageOf(file: string, experimentalDecorators: boolean): string {
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
    strict: true,
    noEmit: true,
    experimentalDecorators,
  });
  const diagnostics = program.getSemanticDiagnostics(program.getSourceFile(file));
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')).join('\n');
}
