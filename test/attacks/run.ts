import { runParts } from '../faults/run-parts';
import { fileUnderWriter } from './file-under-writer';
import { forgedWriters } from './forged-writers';
import { removedEvidence } from './removed-evidence';
import { hangingDisk } from './hanging-disk';
import { symlinks } from './symlinks';

// One file per case, and a line here.
runParts({
  'file-under-writer': fileUnderWriter,
  'hanging-disk': hangingDisk,
  'forged-writers': forgedWriters,
  'removed-evidence': removedEvidence,
  symlinks,
}).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
