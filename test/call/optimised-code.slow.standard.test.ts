import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileProgram, type Program } from '../runtime/run-program';

let program: Program;

beforeAll(() => {
  program = compileProgram('collections', { programs: join(__dirname, 'programs') });
});

afterAll(() => program.remove());

// V8 throws away optimised code when the last object of a hidden class that it relies on is collected.
test.each(['memory', 'file'])(
  'twenty full collections between calls cost no function of trefoil its optimised code, with audit in %s',
  (audit) => {
    const flags = ['--expose-gc', '--trace-deopt', '--trace-opt'];
    const { status, stdout } = spawnSync(process.execPath, [...flags, program.file, audit], {
      encoding: 'utf8',
      maxBuffer: 1 << 30,
    });
    expect(status).toBe(0);
    const [warmUp, ...collections] = stdout.split(/^collect$/m);
    expect(collections).toHaveLength(20);
    // Otherwise the trace says nothing, and there is nothing to lose.
    expect(/completed optimizing .*<JSFunction (settle|start|invoke) /.test(warmUp ?? '')).toBe(true);
    expect(lostBy(collections.join(''), readFileSync(program.file, 'utf8'))).toEqual([]);
  },
  60_000,
);

/** The functions of the program that lost their code because something that it relied on was collected. */
function lostBy(trace: string, source: string): string[] {
  const lost = trace.matchAll(/marking dependent code .*<SharedFunctionInfo ([^>]+)>.*reason: weak objects/g);
  return [...lost].map(([, name = '']) => name.replace(/^get /, '')).filter((name) => isDeclared(name, source));
}

function isDeclared(name: string, source: string): boolean {
  if (name.startsWith('<')) return true;
  const escaped = name.replaceAll(/[$]/g, '\\$&');
  return new RegExp(`(^|[^.\\w#])${escaped}\\s*\\([^()]*\\)\\s*\\{|class ${escaped}\\b`, 'm').test(source);
}
