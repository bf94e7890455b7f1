import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** Somebody else's program, while it runs. */
export interface ServerProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** How one is started. */
export interface ServerCommand {
  readonly command: readonly string[];
  readonly folder: string;
  readonly url: string;
  /** Answers 200 once the server is ready. */
  readonly readyPath: string;
}

/** Why a program cannot be run here; undefined where it can. */
export function whyMissing(program: string): string | undefined {
  const { error } = spawnSync(program, ['--version'], { stdio: 'ignore' });
  return error === undefined ? undefined : `${program} is not installed`;
}

/** Starts a server, and resolves once it answers. Rejects, with what it wrote, where it ends instead. */
export async function startServer({ command, folder, url, readyPath }: ServerCommand): Promise<ServerProcess> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-4_000)));
  }
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await ended;
  };
  const orphan = (): void => void child.kill('SIGKILL');
  process.once('exit', orphan);
  void ended.then(() => process.off('exit', orphan));
  try {
    await eventually(`${program} is ready`, async () => {
      if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}: ${output}`);
      return (await fetch(url + readyPath).catch(() => undefined))?.ok === true ? true : undefined;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

/** A port that is free now: for programs that cannot say which one they have taken. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Asks again and again until there is an answer: servers of others cannot be awaited. */
export async function eventually<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined>,
  deadlineMs = 30_000,
): Promise<Answer> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
