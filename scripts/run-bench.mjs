// Runs a program of bench: node scripts/run-bench.mjs [verify-trail] [arguments of the bench]
import { runCompiled } from './run-compiled.mjs';

const [first, ...rest] = process.argv.slice(2);
const [program, args] = first === 'verify-trail' ? ['verify-trail.js', rest] : ['run.js', process.argv.slice(2)];
runCompiled('bench', program, { args });
