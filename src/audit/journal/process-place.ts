import * as fs from 'node:fs';

/** Where a writer runs, as far as others on the same machine can look at it. */
export interface ProcessPlace {
  readonly pid: number;
  readonly bootId: string;
  /** Process numbers mean something within one namespace only. */
  readonly pidNamespace: string;
  /** Field 22 of `/proc/<pid>/stat`: tells a process from a later one with its number. */
  readonly startedAt: string;
  /** The thread's number and start, likewise; empty where the system does not tell. */
  readonly thread: string;
  readonly threadStartedAt: string;
  /** Times since the boot mean something within one namespace only. */
  readonly timeNamespace: string;
}

/** Kept at load, so fake timers cannot stop it. */
const monotonicNs = process.hrtime.bigint.bind(process.hrtime);

let own: ProcessPlace | undefined;

/** Of this process and thread. */
export function ownPlace(): ProcessPlace {
  if (own !== undefined) return own;
  const { pid } = process;
  const thread = ownThread();
  own = {
    pid,
    bootId: bootId(),
    pidNamespace: pidNamespace(),
    startedAt: startOf(`/proc/${pid}`) ?? '',
    thread,
    threadStartedAt: thread === '' ? '' : (startOf(`/proc/${pid}/task/${thread}`) ?? ''),
    timeNamespace: linkOf('/proc/self/ns/time'),
  };
  return own;
}

/** Milliseconds since the boot: a clock that nobody sets, and that all on one machine share. */
export function sinceBootMs(): number {
  return Number(monotonicNs() / 1_000_000n);
}

/** Whether the time since the boot is the same here as for a writer. */
export function sharesClock({ bootId: boot, timeNamespace }: ProcessPlace): boolean {
  const here = ownPlace();
  return boot !== '' && boot === here.bootId && timeNamespace === here.timeNamespace;
}

/** Whether a writer may run where nobody here can look at it: in another container, or another boot or machine. */
export function livesElsewhere(place: ProcessPlace): boolean {
  const { bootId: boot, pidNamespace: namespace } = ownPlace();
  return place.bootId !== boot || (place.pidNamespace ?? namespace) !== namespace || !canLook(place);
}

/** Whether a writer runs here: its process is there, and its thread too. */
export function livesHere(place: ProcessPlace): boolean {
  if (livesElsewhere(place)) return false;
  const { pid, startedAt, thread, threadStartedAt } = place;
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (!hasProc()) return exists(pid);
  if (startOf(`/proc/${pid}`) !== startedAt) return false;
  // Earlier versions did not name the thread.
  return (thread ?? '') === '' || startOf(`/proc/${pid}/task/${thread}`) === threadStartedAt;
}

/** Where the system shows no threads, nobody can tell those of this process from each other: only silence does. */
function canLook({ pid }: ProcessPlace): boolean {
  return hasProc() || pid !== process.pid;
}

function hasProc(): boolean {
  return fs.existsSync('/proc/self/stat');
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process or thread has started; undefined where it is gone, or only a zombie is left of it. */
function startOf(directory: string): string | undefined {
  const stat = textOf(`${directory}/stat`);
  // The command stands in brackets and may hold anything, brackets too.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? undefined : rest[18];
}

/** The system's number of this thread, which it knows by that call alone. */
function ownThread(): string {
  return linkOf('/proc/thread-self').split('/').at(-1) ?? '';
}

function bootId(): string {
  return textOf('/proc/sys/kernel/random/boot_id').trim();
}

function pidNamespace(): string {
  return linkOf('/proc/self/ns/pid');
}

function linkOf(path: string): string {
  try {
    return fs.readlinkSync(path);
  } catch {
    return '';
  }
}

function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
