import { createPublicKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkTrail, type Trail } from './check-trail';

type Trefoil = typeof import('../../src/index');

/** A root after somebody has opened it again: recovered, sealed, and read in two ways. */
export interface ReopenedTrail extends Trail {
  /** What the code under test says of it, where it contradicts the independent reader. */
  readonly contradictions: readonly string[];
}

/** Opens a root as the next process does, which recovers what was left there, and reads it. */
export async function reopenTrail(dist: string, root: string, anchors?: string, key?: string): Promise<ReopenedTrail> {
  const { FileAuditBackend, readAnchors, verifyTrail } = require(join(dist, 'index.js')) as Trefoil;
  const contradictions: string[] = [];
  const read = new Set<string>();
  const backend = new FileAuditBackend({
    path: root,
    ...(key === undefined ? {} : { key }),
    maxFiles: Number.POSITIVE_INFINITY,
    onReport: (where, error) => contradictions.push(`reports ${where}: ${String(error)}`),
    onUnreadable: (file, line) => contradictions.push(`cannot read ${file}:${line}`),
  });
  try {
    for await (const { eventId } of backend.query()) {
      if (read.has(eventId)) contradictions.push(`reads ${eventId} twice`);
      read.add(eventId);
    }
  } finally {
    await backend.close();
  }
  const trail = checkTrail(root);
  const checked = new Set(trail.events.map(({ id }) => id));
  for (const id of checked) if (!read.has(id)) contradictions.push(`does not read ${id}`);
  for (const id of read) if (!checked.has(id)) contradictions.push(`reads ${id}, which is not in the chain`);

  const { verdict, firstBad, writers } = await verifyTrail(root, {
    ...(anchors === undefined || !existsSync(anchors) ? {} : { anchors: readAnchors(anchors) }),
    ...(key === undefined
      ? {}
      : { publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString() }),
  });
  if (verdict === 'tampered' || verdict === 'missing')
    contradictions.push(`verifies it as ${verdict}: ${firstBad?.message}`);
  const verified = writers.reduce((sum, { events }) => sum + events, 0);
  if (verified !== trail.events.length) contradictions.push(`verifies ${verified} of ${trail.events.length} events`);
  return { ...trail, contradictions };
}
