import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { markdownTable } from '../../bench/markdown-table';

const root = join(__dirname, '../..');

describe('a table of the bench', () => {
  it('is one that prettier leaves as it is', () => {
    const table = `${markdownTable(
      ['case', 'ns per call', ''],
      [
        ['bare', 1, undefined],
        ['a name that is longer than the head of its column', '1,234.5', 'met'],
      ],
    )}\n`;
    const prettier = ['node_modules/prettier/bin/prettier.cjs', '--stdin-filepath', 'docs/table.md'];
    const formatted = execFileSync(process.execPath, prettier, { cwd: root, input: table, encoding: 'utf8' });
    expect(table).toBe(formatted);
  });

  it('puts text to the left, as many columns of it as are asked for, and figures to the right', () => {
    expect(markdownTable(['what', 'goal', 'ns'], [['bare', 'fast', 1]], 2).split('\n')).toEqual([
      '| what | goal |  ns |',
      '| ---- | ---- | --: |',
      '| bare | fast |   1 |',
    ]);
  });
});
