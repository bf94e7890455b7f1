import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const root = join(__dirname, '..', '..');

/** How a program is compiled. */
interface Compilation {
  /** The folder of its source. */
  readonly programs?: string;
  readonly dialect?: 'standard' | 'legacy';
}

/** A program of `programs/`, bundled with trefoil's sources into a folder from which its packages resolve. */
export interface Program {
  readonly folder: string;
  readonly file: string;
  remove(): void;
}

export function compileProgram(
  name: string,
  { programs = join(__dirname, 'programs'), dialect = 'standard' }: Compilation = {},
): Program {
  const parent = join(root, 'var', 'test-tmp');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, `${name}-`));
  const file = join(folder, `${name}.cjs`);
  buildSync({
    entryPoints: [join(programs, `${name}.ts`)],
    outfile: file,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    tsconfigRaw: { compilerOptions: { experimentalDecorators: dialect === 'legacy' } },
  });
  return { folder, file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
  readonly errors: string;
}

/** Runs a program; `onLine` may react to what it writes, say by sending a signal. */
export function runProgram(
  program: Program,
  args: readonly string[] = [],
  onLine: (line: string, kill: (signal: NodeJS.Signals) => void) => void = () => undefined,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env['PATH'] };
    const child = spawn(process.execPath, [program.file, ...args], { cwd: program.folder, env });
    const lines: string[] = [];
    let rest = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        lines.push(line);
        onLine(line, (signal) => child.kill(signal));
      }
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, lines, errors }));
  });
}
