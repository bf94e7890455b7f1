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
import { symlinks } from './symlinks';
import { defences, withoutDefences } from './without-defences';

// One file per case, and a line here.
const parts: Readonly<Record<string, Part>> = {
  'file-under-writer': fileUnderWriter,
  'hanging-disk': hangingDisk,
  'forged-writers': forgedWriters,
  'removed-evidence': removedEvidence,
  'large-start': largeStart,
  symlinks,
  adoption,
  'clock-jumps': clockJumps,
  'shared-by-users': sharedByUsers,
  defences,
};

runParts(parts, { 'without-defences': withoutDefences(parts) }).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
