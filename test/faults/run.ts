import { faultMatrix } from './fault-matrix';
import { fullDisk } from './full-disk';
import { killRuns } from './kill-runs';
import { mixedKills } from './mixed-kills';
import { restarts } from './restarts';
import { runParts } from './run-parts';
import { sharedRoot } from './shared-root';
import { syncOrder } from './sync-order';

runParts({
  matrix: faultMatrix,
  kill: killRuns,
  'mixed-kills': mixedKills,
  order: syncOrder,
  'full-disk': fullDisk,
  'shared-root': sharedRoot,
  restarts,
}).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
