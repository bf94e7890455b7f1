import { join } from 'node:path';
import type { Part } from '../faults/bar';
import { runParts } from '../faults/run-parts';
import { adoption } from './adoption';
import { clockJumps } from './clock-jumps';
import { fileUnderWriter } from './file-under-writer';
import { forgedWriters } from './forged-writers';
import { removedEvidence } from './removed-evidence';
import { hangingDisk } from './hanging-disk';
import { sharedByUsers } from './shared-by-users';
import { largeStart } from './large-start';
import { stolenKey } from './stolen-key';
import { symlinks } from './symlinks';
import { threatModel } from './threat-model';
import { defences, withoutDefences } from './without-defences';

// One file per case, and a line here.
const parts: Readonly<Record<string, Part>> = {
  'file-under-writer': fileUnderWriter,
  'hanging-disk': hangingDisk,
  'forged-writers': forgedWriters,
  'removed-evidence': removedEvidence,
  'large-start': largeStart,
  'stolen-key': stolenKey,
  symlinks,
  adoption,
  'clock-jumps': clockJumps,
  'shared-by-users': sharedByUsers,
};

runParts({ ...parts, defences }, { 'without-defences': withoutDefences(parts) }, (played, dist) =>
  threatModel(
    join(dist, '../docs/audit-trail.md'),
    played.filter(({ part }) => Object.hasOwn(parts, part)),
  ),
).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
