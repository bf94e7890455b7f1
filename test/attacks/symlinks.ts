import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { barOf, cannotRun, type Bar, type Ground } from '../faults/bar';
import { startProgram, until } from '../faults/run-writer';
import type { BusyPlan } from './busy-plan';

/** What stands in files that are none of the trail’s. */
const precious = 'ssh-ed25519 the key of an administrator\n';
const attacker = { uid: 65_534, gid: 65_534 };

/** Where a link is put by somebody who may write to the root, and what a killed writer has left there. */
interface Trap {
  readonly name: string;
  /** Sets it in a directory that was left behind, where `target` is not to be touched. */
  readonly set: (directory: string, target: string) => void;
  /** Whether the files are the attacker’s own. */
  readonly isOthers?: boolean;
}

const segment = (directory: string): string => {
  const names = fs.readdirSync(directory).filter((name) => name.endsWith('.ndjson'));
  return join(directory, names.sort().at(-1) as string);
};
const tear = (directory: string): void => fs.appendFileSync(segment(directory), '{"p":"half a line');

const traps: readonly Trap[] = [
  {
    name: 'a symlink where the torn end goes',
    set: (directory, target) => {
      tear(directory);
      fs.symlinkSync(target, `${segment(directory)}.torn`);
    },
  },
  {
    name: 'a hard link where the torn end goes',
    set: (directory, target) => {
      tear(directory);
      fs.linkSync(target, `${segment(directory)}.torn`);
    },
  },
  {
    name: 'a symlink as the last file',
    set: (directory, target) => fs.symlinkSync(target, join(directory, 'audit-00000099.ndjson')),
  },
  {
    name: 'a hard link as the last file',
    set: (directory, target) => fs.linkSync(target, join(directory, 'audit-00000099.ndjson')),
  },
  {
    name: 'a symlink as the only file',
    set: (directory, target) => {
      fs.rmSync(segment(directory));
      fs.symlinkSync(target, join(directory, 'audit-00000001.ndjson'));
    },
  },
  {
    name: 'a symlink as the ballast',
    set: (directory, target) => {
      fs.rmSync(join(directory, 'ballast'), { force: true });
      fs.symlinkSync(target, join(directory, 'ballast'));
    },
  },
  {
    name: 'a pipe as the lease',
    set: (directory) => {
      fs.rmSync(join(directory, 'lease.json'));
      spawnSync('mkfifo', [join(directory, 'lease.json')]);
    },
  },
  {
    name: 'a symlink as the last file in a directory of the attacker’s',
    set: (directory, target) => fs.symlinkSync(target, join(directory, 'audit-00000099.ndjson')),
    isOthers: true,
  },
];

/** Another user, who may write to the root, puts links there; the process that recovers is a mightier one. */
export async function* symlinks(ground: Ground): AsyncGenerator<Bar> {
  if (process.geteuid?.() !== 0) {
    yield cannotRun('links', 'only root can play two users');
    return;
  }
  for (const trap of traps) yield await spring(ground, trap);
  yield await liveWriter(ground);
  yield await permissions(ground);
}

async function spring({ dist, folder }: Ground, { name, set, isOthers = false }: Trap): Promise<Bar> {
  const target = preciousFile(folder);
  const root = join(folder, 'trail');
  fs.rmSync(root, { recursive: true, force: true });
  const directory = await leaveBehind(dist, root);
  set(directory, target);
  if (isOthers) {
    for (const entry of ['', ...fs.readdirSync(directory)])
      fs.lchownSync(join(directory, entry), attacker.uid, attacker.gid);
  }
  const left = startProgram('busy-writer', planOf(dist, root));
  const isOpen = await opens(left);
  left.child.kill('SIGTERM');
  await Promise.race([left.done, new Promise((resolve) => setTimeout(resolve, 5_000))]);
  left.child.kill('SIGKILL');
  const violations = [...untouched(target)];
  if (!isOpen) violations.push('the next process does not start');
  return barOf(name, true, `${violations.length} violations`, violations);
}

/** The file that a running writer renews its lease by. */
async function liveWriter({ dist, folder }: Ground): Promise<Bar> {
  const target = preciousFile(folder);
  const root = join(folder, 'live');
  fs.rmSync(root, { recursive: true, force: true });
  const writer = startProgram('busy-writer', planOf(dist, root));
  await until(writer, ({ length }) => length > 50);
  fs.symlinkSync(target, join(liveIn(root), 'lease.json.new'));
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  writer.child.kill('SIGTERM');
  const { reports } = await writer.done;
  const violations = [...untouched(target)];
  if (reports.at(-1)?.is !== 'closed') violations.push('the writer did not close');
  return barOf('a symlink where the lease is renewed', true, `${violations.length} violations`, violations);
}

async function permissions({ dist, folder }: Ground): Promise<Bar> {
  const root = join(folder, 'open');
  fs.rmSync(root, { recursive: true, force: true });
  fs.mkdirSync(root);
  fs.chmodSync(root, 0o777);
  const reported = startProgram('busy-writer', planOf(dist, root));
  await until(reported, ({ length }) => length > 10);
  reported.child.kill('SIGTERM');
  const { reports } = await reported.done;
  const refused = await startProgram('busy-writer', { ...planOf(dist, root), strictPermissions: true, callers: 0 })
    .done;
  const violations: string[] = [];
  if (!reports.some((report) => report.is === 'reported' && report.message.includes('may write to the directory')))
    violations.push('a root that everybody may write to is not reported');
  if (!refused.reports.some((report) => report.is === 'failed' && report.message.includes('TREFOIL_AUDIT_PATH')))
    violations.push('strictPermissions does not refuse it');
  return barOf('a root that others may write to', true, `${violations.length} violations`, violations);
}

async function opens(writer: ReturnType<typeof startProgram>): Promise<boolean> {
  const late = new Promise((resolve) => setTimeout(resolve, 15_000).unref());
  await Promise.race([until(writer, ({ length }) => length > 25), late]);
  return writer.reports.some(({ is }) => is === 'open');
}

/** The directory of a writer that was killed. */
async function leaveBehind(dist: string, root: string): Promise<string> {
  const writer = startProgram('busy-writer', planOf(dist, root));
  await until(writer, ({ length }) => length > 50);
  writer.child.kill('SIGKILL');
  await writer.done;
  return liveIn(root);
}

function liveIn(root: string): string {
  return join(root, fs.readdirSync(root).find((name) => name.endsWith('.live')) as string);
}

function planOf(dist: string, path: string): BusyPlan {
  return { dist, path, name: 'links', delivery: 'durable', callers: 2, restMs: 5 };
}

function preciousFile(folder: string): string {
  const target = join(folder, 'authorized_keys');
  fs.rmSync(target, { force: true });
  fs.writeFileSync(target, precious, { mode: 0o600 });
  return target;
}

function untouched(target: string): string[] {
  return fs.readFileSync(target, 'utf8') === precious ? [] : ['a file outside of the trail was changed'];
}
