// Stores behind someone else's cache: keyv's published suite. It drags in databases and a test runner, none of which it
// needs here, so that it is installed for this test alone, outside of the checkout and without their scripts.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Program } from '../runtime/run-program';
import { compileSuite, runSuite, summaryOf } from './run-suite';

const packages = ['keyv@5.5.4', '@keyv/test-suite@2.1.2'];
let folder: string;
let program: Program;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trefoil-keyv-'));
  writeFileSync(join(folder, 'package.json'), '{ "name": "keyv-suite", "private": true }\n');
  const flags = ['--ignore-scripts', '--no-save', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  await promisify(execFile)('npm', ['install', ...flags, '--prefix', folder, ...packages], { cwd: folder });
  program = compileSuite('keyv');
}, 300_000);
afterAll(() => {
  program.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(['MapStore', 'TableStore'])('%s behind keyv', (store) => {
  test.each(['observed', 'one by one'])('passes the suite as when it is bare (%s)', async (scenario) => {
    const bare = await runSuite(program, folder, store, 'bare');
    expect(summaryOf(bare)).toEqual({ tests: 42, assertions: 79, failed: [] });
    expect(bare.counted).toBe(0);

    const decorated = await runSuite(program, folder, store, scenario);
    expect(decorated.results).toEqual(bare.results);
    expect(decorated.counted).toBeGreaterThan(400);
    expect(decorated).toMatchObject({ timed: decorated.counted, audited: decorated.counted, reports: {} });
  });
});
