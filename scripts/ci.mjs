// Runs every check and closes with the line `N passed, N failed, N skipped`: a test of jest counts one, and so does a bar of
// test:faults, test:attacks or test:real and any other step. Exits non-zero if anything failed or, with CI=true, if anything was skipped.
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const logs = join(root, 'var/ci');
const jestReport = join(logs, 'jest.json');

/** What `npm run demo` must notice when it is sabotaged; each of these runs has to fail. */
const droppedPillars = ['audit', 'counter', 'histogram', 'span', 'log'];

/** In order. `needs`: steps without which this one says nothing. `live`: its output is shown as it runs. */
const steps = [
  { name: 'install', command: ['npm', 'ci'] },
  { name: 'lint', command: npmRun('lint') },
  { name: 'typecheck', command: npmRun('typecheck') },
  { name: 'build', command: npmRun('build') },
  {
    name: 'test',
    command: npmRun('test', '--ci', '--json', `--outputFile=${jestReport}`),
    needs: ['build'],
    live: true,
    count: countTests,
  },
  { name: 'test:differential', command: npmRun('test:differential', '--cases', '100000'), needs: ['build'] },
  { name: 'test:faults', command: npmRun('test:faults'), needs: ['build'], live: true, count: countBars },
  { name: 'test:attacks', command: npmRun('test:attacks'), needs: ['build'], live: true, count: countBars },
  { name: 'test:real', command: npmRun('test:real'), needs: ['build'], live: true, count: countBars },
  { name: 'check:package', command: npmRun('check:package'), needs: ['build'] },
  { name: 'check:unused', command: npmRun('check:unused') },
  { name: 'docs', command: npmRun('docs') },
  { name: 'demo', command: npmRun('demo'), needs: ['build'] },
  ...droppedPillars.map((pillar) => ({
    name: `demo without ${pillar} fails`,
    command: npmRun('demo', '--drop-one', pillar),
    // A demo that fails anyway would prove nothing.
    needs: ['demo'],
    mustFail: true,
  })),
  { name: 'bench', command: npmRun('bench', '--quick'), needs: ['build'] },
  { name: 'bench:docs', command: npmRun('bench:docs', '--check'), needs: ['build'] },
].map((step) => ({ ...step, needs: step.name === 'install' ? [] : ['install', ...(step.needs ?? [])] }));

const total = { passed: 0, failed: 0, skipped: 0 };
const passedSteps = new Set();
rmSync(logs, { recursive: true, force: true });
mkdirSync(logs, { recursive: true });

for (const step of steps) {
  const missing = step.needs.find((need) => !passedSteps.has(need));
  if (missing !== undefined) {
    report('skipped', step.name, `because ${missing} did not pass`);
    total.skipped += 1;
    continue;
  }
  await perform(step);
}

console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || (process.env.CI === 'true' && total.skipped > 0) ? 1 : 0;

async function perform(step) {
  const log = join(logs, `${step.name.replaceAll(/\W+/g, '-')}.log`);
  const start = performance.now();
  const code = await run(step.command, log, step.live);
  const time = `${((performance.now() - start) / 1000).toFixed(1)} s`;

  // A crash (null: killed by a signal; 128 and more: the same, told by a shell) is no honest refusal.
  const ok = step.mustFail ? code > 0 && code < 128 : code === 0;
  const count = step.count?.(ok, log) ?? { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
  for (const key of Object.keys(total)) total[key] += count[key];

  if (ok && count.failed === 0) passedSteps.add(step.name);
  else if (!step.live) process.stdout.write(readFileSync(log));
  const counted = step.count ? `, ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped` : '';
  report(passedSteps.has(step.name) ? 'ok' : 'FAILED', step.name, `${time}${counted} (${relative(root, log)})`);
}

/** Resolves to the exit code, or to null if a signal ended the command. */
function run([program, ...args], log, live) {
  return new Promise((resolve) => {
    const output = createWriteStream(log);
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output.write(chunk);
        if (live) process.stdout.write(chunk);
      });
    }
    child.on('error', (error) => output.write(`${error.stack}\n`));
    child.on('close', (code, signal) => output.end(() => resolve(signal === null ? code : null)));
  });
}

/** A suite that could not run, and a run that failed although its tests passed, count as one failed test each. */
function countTests(ok) {
  if (!existsSync(jestReport)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(jestReport, 'utf8'));
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && !ok ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** What the step says at its end; one that did not get there has failed. */
function countBars(ok, log) {
  const [, ...counts] = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(readFileSync(log, 'utf8')) ?? [];
  const [passed = 0, failed = 0, skipped = 0] = counts.map(Number);
  return { passed, failed: failed === 0 && (!ok || counts.length === 0) ? 1 : failed, skipped };
}

function report(result, name, detail) {
  console.log(`${result.padEnd(7)} ${name}: ${detail}`);
}

function npmRun(script, ...args) {
  return ['npm', 'run', '--silent', script, '--', ...args];
}
