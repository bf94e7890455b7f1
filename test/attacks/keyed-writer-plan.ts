import { spawn, type ChildProcess } from 'node:child_process';
import { dirname, join } from 'node:path';
import { killAtExit } from '../faults/kill-at-exit';

/** As the options of the file backend. */
interface Limits {
  readonly maxFiles?: number;
  readonly maxFileSizeMb?: number;
  readonly maxAgeDays?: number;
}

/** What `keyed-writer` has to do; its only argument, as JSON. */
export interface KeyedPlan {
  readonly dist: string;
  readonly root: string;
  /** The file of the private key. */
  readonly key: string;
  /** The file that checkpoints go to. */
  readonly anchors: string;
  /** What its events are called: `<name>-<count>`. */
  readonly name: string;
  readonly events: number;
  /** Of its events; `durable` by default. */
  readonly delivery?: 'durable' | 'buffered' | undefined;
  /** How it ends: in order, by SIGKILL of its own, or when standard input says so. */
  readonly ends: 'close' | 'kill' | 'stay';
  /** Whose process it is; the caller’s by default. */
  readonly uid?: number | undefined;
  /** How much of the trail is kept; all of it by default. */
  readonly limits?: Limits | undefined;
  /** A worker thread that writes as many events, and ends without closing: before the process opens the root, or after. */
  readonly thread?: 'before' | 'meanwhile' | undefined;
}

/** What a writer has told about itself. */
export interface KeyedRun {
  /** Its directory while it wrote. */
  readonly directory: string;
  /** What its status says is set aside. */
  readonly quarantined: readonly string[];
  readonly reports: readonly string[];
}

export interface RunningKeyedWriter {
  readonly child: ChildProcess;
  readonly done: Promise<void>;
  /** The next line that it prints. */
  next(): Promise<KeyedRun>;
  /** Writes so many more events. */
  write(events: number): Promise<KeyedRun>;
  close(): Promise<void>;
}

export async function runKeyedWriter(plan: KeyedPlan, wrapper: readonly string[] = []): Promise<KeyedRun> {
  const writer = startKeyedWriter(plan, wrapper);
  const told = await writer.next();
  await writer.done;
  return told;
}

/** Starts `keyed-writer` in a process of its own, behind the command of a wrapper if one is given. */
export function startKeyedWriter(plan: KeyedPlan, wrapper: readonly string[] = []): RunningKeyedWriter {
  const [command, ...args] = [...wrapper, process.execPath, join(__dirname, 'keyed-writer.cjs'), JSON.stringify(plan)];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  killAtExit(child);
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const whole = (rest + text).split('\n');
    rest = whole.pop() ?? '';
    for (const line of whole) {
      const listener = waiting.shift();
      if (listener === undefined) lines.push(line);
      else listener(line);
    }
  });
  const done = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const next = async (): Promise<KeyedRun> => {
    const line = lines.shift();
    const read = line ?? new Promise<string>((resolve) => waiting.push(resolve));
    const gone = done.then(() => {
      throw new Error('the writer has ended, and said nothing');
    });
    return JSON.parse(await Promise.race([read, gone])) as KeyedRun;
  };
  return {
    child,
    done,
    next,
    write: (events) => {
      child.stdin.write(`${events}\n`);
      return next();
    },
    close: async () => {
      child.stdin.end();
      await done;
    },
  };
}

export const directoryOf = (file: string): string => dirname(file);
