import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bar } from '../faults/bar';
import { agreement } from './agreement';
import { collectorFaults } from './collector-faults';
import { foreignReceiver } from './foreign-receiver';
import { hostileHeaders } from './hostile-headers';
import { pathologicalInput } from './pathological-input';
import { prometheus } from './prometheus';
import { pushgateway } from './pushgateway';

/** Runs in a folder of its own, and gives its bars, each as soon as it is known. */
export type Part = (folder: string) => AsyncIterable<Bar>;

const parts: Readonly<Record<string, Part>> = {
  prometheus,
  pushgateway,
  receiver: foreignReceiver,
  agreement,
  pathological: pathologicalInput,
  headers: hostileHeaders,
  collector: collectorFaults,
};

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { only: { type: 'string', multiple: true, default: Object.keys(parts) } },
  });
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const name of values.only) {
    const part = parts[name];
    if (part === undefined) throw new Error(`expected --only one of ${Object.keys(parts).join(', ')}, got ${name}`);
    const folder = join(__dirname, name);
    mkdirSync(folder, { recursive: true });
    let start = performance.now();
    const tell = ({ name: bar, result, detail, violations = [] }: Bar): void => {
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      start = performance.now();
      total[result] += 1;
      console.log(`${result.padEnd(7)} ${name}: ${bar}: ${detail} (${seconds} s)`);
      for (const violation of violations.slice(0, 40)) console.log(`        ${violation.split('\n')[0]}`);
    };
    try {
      for await (const bar of part(folder)) tell(bar);
    } catch (error) {
      // The other parts are still worth running.
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      tell({ name: 'runs to its end', result: 'failed', detail: 'it threw', violations: text.split('\n') });
    }
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

// Whoever is interrupted leaves no server behind: those are killed as the process exits.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
