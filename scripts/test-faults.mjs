// Breaks disks and kills processes under the audit trail: npm run test:faults [-- --nightly] [-- --only matrix]. Prints a
// line for each bar and closes with `N passed, N failed, N skipped`. Exits non-zero if anything failed; what this machine
// cannot do is skipped, and with CI=true it fails.
import { runParts } from './run-parts.mjs';

runParts('faults', ['faults/run', 'faults/strict-store', 'faults/writer']);
