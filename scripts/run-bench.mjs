// Runs bench/run.ts: node scripts/run-bench.mjs [arguments of the bench]
import { runCompiled } from './run-compiled.mjs';

runCompiled('bench', 'run.js', { args: process.argv.slice(2) });
