import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import type { ServiceReady, ServiceTask } from './service-task';

/** A program of the demo that runs in a process of its own. */
export interface Child<Ready> {
  readonly ready: Ready;
  /** Sends a message and resolves with the next one that comes back. */
  ask<Answer>(message: string): Promise<Answer>;
  /** Asks it to stop, and resolves when it has. */
  stop(): Promise<void>;
}

/** Variables that would change what the demo measures. */
const notInherited = /^(OTEL_|TREFOIL_|PROMETHEUS_PORT$|LOG_LEVEL$|NODE_ENV$)/;

/** Starts the receiver of the spans. */
export function startReceiver(): Promise<Child<{ readonly url: string }>> {
  return start(require.resolve('./span-receiver'), '', 'development');
}

/** Starts a service. */
export function startService(task: ServiceTask, environment = 'development'): Promise<Child<ServiceReady>> {
  return start(require.resolve('./service-process'), JSON.stringify(task), environment);
}

async function start<Ready>(file: string, argument: string, environment: string): Promise<Child<Ready>> {
  const inherited = Object.entries(process.env).filter(([name]) => !notInherited.test(name));
  const child = fork(file, [argument], {
    env: { ...Object.fromEntries(inherited), TREFOIL_ENV: environment },
    execArgv: ['--enable-source-maps'],
  });
  return {
    ready: await nextMessage<Ready>(child, file),
    ask<Answer>(message: string) {
      child.send(message);
      return nextMessage<Answer>(child, file);
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function nextMessage<Message>(child: ChildProcess, file: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`${basename(file)} ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as Message);
    });
  });
}
