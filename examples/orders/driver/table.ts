/** A cell; numbers stand on the right. */
export type Cell = string | number;

/** Aligns rows under their headings, indented by two. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en-US') : cell)));
  const isRight = headings.map((_, column) => rows.some((row) => typeof row[column] === 'number'));
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...texts.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (isRight[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width));
  return [headings, rule, ...texts].map((cells) => `  ${line(cells)}`).join('\n');
}

/** The mark of a row. */
export function mark(agrees: boolean): string {
  return agrees ? '✓' : '✗';
}
