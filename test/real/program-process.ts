import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A program of `programs/` in a process of its own. */
export interface ProgramProcess {
  /** Resolves with its next message, in order; rejects where it has ended instead. */
  next<Message>(): Promise<Message>;
  tell(message: string): void;
  /** Kills it, where it is still there. */
  stop(): Promise<void>;
}

/** Settings of {@link startProgram}. */
export interface ProgramSettings {
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
}

/** Variables that would change what is observed. */
const notInherited = /^(OTEL_|TREFOIL_|PROMETHEUS_PORT$|LOG_LEVEL$|NODE_ENV$|CI$)/;

/** Starts a program, told by one JSON argument what to do. */
export function startProgram(name: string, task: object, settings: ProgramSettings = {}): ProgramProcess {
  const inherited = Object.entries(process.env).filter(([variable]) => !notInherited.test(variable));
  const child = fork(join(__dirname, `${name}.js`), [JSON.stringify(task)], {
    env: { ...Object.fromEntries(inherited), ...settings.env },
    execArgv: ['--enable-source-maps', ...(settings.nodeOptions ?? [])],
  });
  const messages: unknown[] = [];
  child.on('message', (message) => messages.push(message));
  const ended = once(child, 'exit');
  const orphan = (): void => void child.kill('SIGKILL');
  process.once('exit', orphan);
  void ended.then(() => process.off('exit', orphan));
  return {
    async next<Message>() {
      while (messages.length === 0) {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${name} ended`);
        await Promise.race([once(child, 'message'), ended]);
      }
      return messages.shift() as Message;
    },
    tell: (message) => void child.send(message),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}
