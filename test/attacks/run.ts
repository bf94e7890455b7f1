import { runParts } from '../faults/run-parts';
import { hangingDisk } from './hanging-disk';

// One file per case, and a line here.
runParts({
  'hanging-disk': hangingDisk,
}).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
