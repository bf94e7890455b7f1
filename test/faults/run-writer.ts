import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { killAtExit } from './kill-at-exit';
import type { Report, WriterPlan } from './writer-plan';

/** How a writer has ended, and all that it had learnt by then. */
export interface WriterRun {
  readonly reports: readonly Report[];
  readonly wasKilled: boolean;
  readonly complaints: string;
}

export interface RunningWriter {
  readonly child: ChildProcess;
  /** Grows while it runs. */
  readonly reports: readonly Report[];
  readonly done: Promise<WriterRun>;
}

/** Resolves when a running writer has said enough, or has ended. */
export async function until(
  { child, reports, done }: RunningWriter,
  isEnough: (reports: readonly Report[]) => boolean,
): Promise<void> {
  const heard = new Promise<void>((resolve) => child.stdout?.on('data', () => isEnough(reports) && resolve()));
  await Promise.race([heard, done]);
}

/** Starts `writer` in a process of its own, under a tracer if one is given. */
export function startWriter(plan: WriterPlan, tracer: readonly string[] = []): RunningWriter {
  // One thread beside the main one, and plain system calls: what a tracer counts is the same in each run.
  return startProgram('writer', plan, { tracer, env: { UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0' } });
}

/** Starts a program of the suite that takes a plan, and reports as a writer does. */
export function startProgram(
  program: string,
  plan: object,
  { tracer = [], env = {} }: { readonly tracer?: readonly string[]; readonly env?: NodeJS.ProcessEnv } = {},
): RunningWriter {
  const [command, ...args] = [...tracer, process.execPath, join(__dirname, `${program}.cjs`), JSON.stringify(plan)];
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
  });
  killAtExit(child);
  const reports: Report[] = [];
  let rest = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) reports.push(JSON.parse(line) as Report);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const done = new Promise<WriterRun>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ reports, wasKilled: signal === 'SIGKILL', complaints }));
  });
  return { child, reports, done };
}
