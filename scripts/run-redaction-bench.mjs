// Runs bench/redaction.ts.
import { runCompiled } from './run-compiled.mjs';

runCompiled('bench', 'redaction.js');
