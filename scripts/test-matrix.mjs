// Runs the tests, slow ones included, under other versions of Node, too: npm run test:matrix [-- arguments of jest]. Prints
// a line per version and closes with `N passed, N failed, N skipped`, where a test of jest counts one under each version.
// Exits non-zero if anything failed. The versions come from npm into var/node/ and are kept there.
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installNode } from './install-node.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'var/node');
const total = { passed: 0, failed: 0, skipped: 0 };

mkdirSync(folder, { recursive: true });
await test(process.version, () => process.execPath);
for (const version of ['22', '24', '26']) await test(version, (output) => installNode(version, output));

console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

async function test(version, provide) {
  const log = join(folder, `${version}.log`);
  const output = createWriteStream(log);
  const start = performance.now();

  const node = await provide(output);
  const reports = [];
  for (const config of ['jest.config.js', 'jest.slow.config.js']) {
    const jestReport = join(folder, `${version}.${config}.json`);
    rmSync(jestReport, { force: true });
    // Arguments may name tests of which one run has none.
    const options = ['--config', config, '--passWithNoTests', '--json', `--outputFile=${jestReport}`];
    const jest = ['node_modules/jest/bin/jest.js', ...options, ...process.argv.slice(2)];
    const ok = node !== undefined && (await run([node, ...jest], output, dirname(node)));
    reports.push(readReport(jestReport, ok));
  }
  await new Promise((resolve) => output.end(resolve));

  const time = `${((performance.now() - start) / 1000).toFixed(1)} s`;
  const failures = reports.flatMap((report) => report.failures);
  const count = {};
  for (const key of Object.keys(total)) {
    count[key] = reports.reduce((sum, report) => sum + report[key], 0);
    total[key] += count[key];
  }
  const counted = `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`;
  const result = count.failed === 0 ? 'ok' : 'FAILED';
  console.log(`${result.padEnd(7)} node ${version}: ${time}, ${counted} (${relative(root, log)})`);
  for (const failure of failures) console.log(`        ${failure}`);
}

/** Whether the command ended with 0. What it runs finds the binaries of `path` first, and so the same Node. */
function run([program, ...args], output, path) {
  return new Promise((resolve) => {
    const env = { ...process.env, PATH: [path, process.env.PATH].filter(Boolean).join(delimiter) };
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.write(chunk));
    child.on('error', (error) => output.write(`${error.stack}\n`));
    child.on('close', (code) => resolve(code === 0));
  });
}

/** A suite that could not run, and a run that failed although its tests passed, count as one failed test each. */
function readReport(jestReport, ok) {
  if (!existsSync(jestReport)) return { passed: 0, failed: 1, skipped: 0, failures: ['no report: see the log'] };
  const report = JSON.parse(readFileSync(jestReport, 'utf8'));
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  const failures = report.testResults.flatMap(({ name, status, assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status === 'failed').map((test) => test.fullName);
    if (status === 'failed' && tests.length === 0) tests.push('could not run');
    return tests.map((test) => `${relative(root, name)}: ${test}`);
  });
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && !ok ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
    failures,
  };
}
