import { spawnSync } from 'node:child_process';
import { allRecorded, off } from './cases';
import type { Report } from './report';

/** Cases that need a process of their own. */
export interface Variants {
  /** No runtime in the whole process. */
  readonly none: Report;
  /**
   * One runtime, in the root container. As soon as a child container has one, every call has to ask its instance whose
   * it is.
   */
  readonly root: Report;
}

/** Runs this bench again, once for each variant; throws where a record was left out. */
export function runVariants(program: string, args: readonly string[]): Variants {
  return { none: run(program, 'none', args), root: run(program, 'root', args) };
}

function run(program: string, variant: keyof Variants, args: readonly string[]): Report {
  const child = spawnSync(process.execPath, ['--expose-gc', program, '--variant', variant, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.status !== 0) throw new Error(`the variant "${variant}" failed:\n${child.stdout}`);
  return JSON.parse(child.stdout) as Report;
}

export function renderVariants({ none, root }: Variants): string {
  const lines = ['', 'In processes of their own:'];
  for (const method of ['get', 'read'] as const) {
    const label = (method === 'get' ? 'async' : 'sync').padEnd(5);
    const ofNone = none.cases.find((one) => one.name === off && one.method === method);
    const ofRoot = root.cases.find((one) => one.name === allRecorded && one.method === method);
    lines.push(
      `  ${label}  ${off}: ${ofNone?.nsPerCall} ns, ${ofNone?.toBare} x bare`,
      `  ${label}  ${allRecorded}, root container: ${ofRoot?.nsPerCall} ns, ${ofRoot?.toHandWritten} x hand-written`,
    );
  }
  return lines.join('\n');
}
