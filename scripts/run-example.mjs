// Runs examples/<name>/demo.ts: node scripts/run-example.mjs <name> [arguments of the demo]
import { runCompiled } from './run-compiled.mjs';

const [name, ...args] = process.argv.slice(2);
if (name === undefined) {
  console.error('expected the name of an example: node scripts/run-example.mjs <name> [arguments]');
  process.exit(2);
}
runCompiled('examples', `${name}/demo.js`, { args });
