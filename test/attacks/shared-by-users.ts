import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { barOf, cannotRun, type Bar, type Ground } from '../faults/bar';
import { adoptedOnce, eachOnce } from './adopted';
import { WitnessedTrail } from './witnessed-trail';

const users = [0, 65_534, 65_533] as const;
const limits = { maxFiles: 3, maxFileSizeMb: 0.008 };
const eventsPerStart = 40;
const starts = 3;
/** A file ends with the record that goes over its limit, and a seal; what was just written has not been counted yet. */
const mostBytes = (limits.maxFiles + 1) * (limits.maxFileSizeMb * 1_000_000 + 3_000);

/** Several users, one of them root, write to one root: each of them looks after its own, and leaves the others alone. */
export async function* sharedByUsers(ground: Ground): AsyncGenerator<Bar> {
  if (process.geteuid?.() !== 0) {
    yield cannotRun('users', 'only root can play several users');
    return;
  }
  // Where others may go.
  const folder = mkdtempSync(join(tmpdir(), 'trefoil-users-'));
  chmodSync(folder, 0o755);
  try {
    yield await eachItsOwnLimit({ ...ground, folder });
    yield await leftByAnother({ ...ground, folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function eachItsOwnLimit(ground: Ground): Promise<Bar> {
  const trail = sharedTrail(ground, 'limits');
  const violations: string[] = [];
  const most = new Map<number, number>();
  for (let start = 0; start < starts; start += 1) {
    for (const uid of users) {
      const before = bytesOf(trail.root);
      const { reports } = await trail.write(`${uid}-${start}`, eventsPerStart, [], { limits, uid });
      const after = bytesOf(trail.root);
      for (const other of users) {
        if (other !== uid && before.get(other) !== after.get(other))
          violations.push(`${uid} has removed what is ${other}’s`);
      }
      violations.push(...reports.filter((what) => !isExpected(what)));
      most.set(uid, Math.max(most.get(uid) ?? 0, after.get(uid) ?? 0));
    }
  }
  for (const [uid, bytes] of most) if (bytes > mostBytes) violations.push(`${bytes} bytes of user ${uid} are kept`);
  const ids = new Set(await trail.eventIds());
  for (const uid of users) {
    if (ids.has(`${uid}-0-1`)) violations.push(`the oldest events of user ${uid} are still there`);
    if (!ids.has(`${uid}-${starts - 1}-${eventsPerStart}`))
      violations.push(`the newest events of user ${uid} are not there`);
  }
  const { verdict } = await trail.verify();
  if (verdict !== 'sound') violations.push(`verify says ${verdict}`);
  return barOf(
    'each user its own limit',
    true,
    `at most ${Math.max(...most.values())} bytes, verdict ${verdict}`,
    violations,
  );
}

/** What a killed process of one user has left is no other’s to adopt, root’s neither. */
async function leftByAnother(ground: Ground): Promise<Bar> {
  const trail = sharedTrail(ground, 'left');
  const [root, owner, other] = users;
  const directory = await trail.writeAndDie('killed', 10, { uid: owner });
  for (const uid of [root, other]) await trail.write(`${uid}`, 5, [], { uid });
  const violations = existsSync(directory) ? [] : ['another user has adopted it'];
  await trail.write('owner', 5, [], { uid: owner });
  violations.push(...adoptedOnce(directory), ...(await eachOnce(trail, 25)));
  const { verdict } = await trail.verify();
  if (verdict !== 'unwitnessed') violations.push(`verify says ${verdict}`);
  return barOf('left by another user', true, `verdict ${verdict}`, violations);
}

/** One that every user may write to, with a key and anchors that each of them has. */
function sharedTrail(ground: Ground, name: string): WitnessedTrail {
  const trail = new WitnessedTrail(ground, name);
  mkdirSync(trail.root);
  chmodSync(trail.root, 0o777);
  chmodSync(trail.key, 0o644);
  writeFileSync(trail.anchors, '');
  chmodSync(trail.anchors, 0o666);
  return trail;
}

/** Of the segments of each user. */
function bytesOf(root: string): Map<number, number> {
  const bytes = new Map<number, number>();
  for (const { parentPath, name } of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!name.endsWith('.ndjson')) continue;
    const { uid, size } = statSync(join(parentPath, name));
    bytes.set(uid, (bytes.get(uid) ?? 0) + size);
  }
  return bytes;
}

function isExpected(report: string): boolean {
  return /may write to the directory|is beyond maxFiles/.test(report);
}
