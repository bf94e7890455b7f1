export type Cell = string | number | undefined;

/** A table as prettier would leave it: columns padded, text to the left and everything after it to the right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly Cell[])[], textColumns = 1): string {
  const cells = [head, ...rows.map((row) => row.map((cell) => (cell === undefined ? '' : String(cell))))];
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  const pad = (cell: string, column: number): string => {
    const width = widths[column] ?? 0;
    return column < textColumns ? cell.padEnd(width) : cell.padStart(width);
  };
  const rule = widths.map((width, column) => (column < textColumns ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const [first, ...others] = cells.map((row) => line(row.map(pad)));
  return [first, line(rule), ...others].join('\n');
}
