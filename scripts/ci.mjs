// Runs every check, two at a time where neither disturbs the other, and closes with the line `N passed, N failed, N skipped`:
// a test of jest counts one, and so does a bar of test:faults, test:attacks or test:real and any other step. Exits non-zero
// if anything failed or, with CI=true, if anything was skipped.
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { runSideBySide } from './side-by-side.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const logs = join(root, 'var/ci');

/** What `npm run demo` must notice when it is sabotaged; each of these runs has to fail. */
const droppedPillars = ['audit', 'counter', 'histogram', 'span', 'log'];

/**
 * In order, those that run alone last: what waits for quiet keeps a core idle. `needs`: steps without which this one says
 * nothing. `alone`: it uses every core, or it takes times. `uses`: what one step at a time may use. `live`: its output is
 * shown as it runs.
 */
const steps = [
  { name: 'install', command: ['npm', 'ci'] },
  // Nothing has changed for the builds of later steps: none of them replaces dist while another reads it.
  { name: 'build', command: npmRun('build') },
  { name: 'lint', command: npmRun('lint'), needs: ['build'] },
  { name: 'typecheck', command: npmRun('typecheck'), needs: ['build'] },
  { ...jestSuites('test'), alone: true },
  bars('test:faults'),
  jestSuites('test:slow', '--maxWorkers=1'),
  { name: 'test:differential', command: npmRun('test:differential', '--cases', '100000'), needs: ['build'] },
  demo('demo'),
  ...droppedPillars.map((pillar) => ({
    ...demo(`demo without ${pillar} fails`, '--drop-one', pillar),
    // A demo that fails anyway would prove nothing.
    needs: ['demo'],
    mustFail: true,
  })),
  { name: 'docs', command: npmRun('docs') },
  { name: 'check:package', command: npmRun('check:package'), needs: ['build'] },
  { name: 'check:unused', command: npmRun('check:unused') },
  { name: 'check:commits', command: npmRun('check:commits') },
  { ...bars('test:attacks'), alone: true },
  { ...bars('test:real'), alone: true },
  { name: 'bench', command: npmRun('bench', '--quick'), needs: ['build'], alone: true },
  { name: 'bench:docs', command: npmRun('bench:docs', '--check'), needs: ['build'], alone: true },
].map((step) => ({ ...step, needs: step.name === 'install' ? [] : ['install', ...(step.needs ?? [])] }));

const total = { passed: 0, failed: 0, skipped: 0 };
rmSync(logs, { recursive: true, force: true });
mkdirSync(logs, { recursive: true });

await runSideBySide(steps, {
  atOnce: 2,
  perform,
  skip: (step, missing) => {
    report('skipped', step.name, `because ${missing} did not pass`);
    total.skipped += 1;
  },
});

console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || (process.env.CI === 'true' && total.skipped > 0) ? 1 : 0;

/** Jest, whose report gives the count. */
function jestSuites(name, ...args) {
  const jestReport = join(logs, `${name.replaceAll(/\W+/g, '-')}.json`);
  return {
    name,
    command: npmRun(name, '--ci', '--json', `--outputFile=${jestReport}`, ...args),
    needs: ['build'],
    live: true,
    count: (ok) => countTests(ok, jestReport),
  };
}

/** A script whose last line gives the count. */
function bars(name) {
  return { name, command: npmRun(name), needs: ['build'], live: true, count: countBars };
}

/** Compiles the examples before it runs. */
function demo(name, ...args) {
  return { name, command: npmRun('demo', ...args), needs: ['build'], uses: 'examples/dist' };
}

/** Resolves to whether the step passed. */
async function perform(step) {
  const log = join(logs, `${step.name.replaceAll(/\W+/g, '-')}.log`);
  const start = performance.now();
  const code = await run(step, log);
  const time = `${((performance.now() - start) / 1000).toFixed(1)} s`;

  // A crash (null: killed by a signal; 128 and more: the same, told by a shell) is no honest refusal.
  const ok = step.mustFail ? code > 0 && code < 128 : code === 0;
  const count = step.count?.(ok, log) ?? { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
  for (const key of Object.keys(total)) total[key] += count[key];

  const passed = ok && count.failed === 0;
  if (!passed && !step.live) process.stdout.write(readFileSync(log));
  const counted = step.count ? `, ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped` : '';
  report(passed ? 'ok' : 'FAILED', step.name, `${time}${counted} (${relative(root, log)})`);
  return passed;
}

/** Resolves to the exit code, or to null if a signal ended the command. */
function run({ name, command: [program, ...args], live }, log) {
  return new Promise((resolve) => {
    const output = createWriteStream(log);
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => output.write(chunk));
      // Another step may run at the same time: each line says whose it is.
      if (live) createInterface({ input: stream }).on('line', (line) => console.log(`${name}: ${line}`));
    }
    child.on('error', (error) => output.write(`${error.stack}\n`));
    child.on('close', (code, signal) => output.end(() => resolve(signal === null ? code : null)));
  });
}

/** A suite that could not run, and a run that failed although its tests passed, count as one failed test each. */
function countTests(ok, jestReport) {
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
