import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');

function testsOf(config: string): string[] {
  const jest = ['node_modules/jest/bin/jest.js', '--config', config, '--listTests', '--json'];
  const files = execFileSync(process.execPath, jest, { cwd: root, encoding: 'utf8' });
  return JSON.parse(files) as string[];
}

test('every test file is run by `npm test` or by `npm run test:slow`, and by one of them alone', () => {
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join(root, 'test', file));
  const [fast, slow] = [testsOf('jest.config.js'), testsOf('jest.slow.config.js')];
  expect([...fast, ...slow].sort()).toEqual(files.sort());
  expect(slow.filter((file) => !file.includes('.slow.'))).toEqual([]);
  expect(fast.filter((file) => file.includes('.slow.'))).toEqual([]);
});
