import { escapeText } from '../redaction/escape-text';

/** What a spreadsheet takes for the beginning of a formula, full-width forms included. */
const formula = /^[\s\u0000-\u001f]*[=+\-@\uff0b\uff0d\uff1d\uff20]|^[\t\r\n]/;

/** RFC 4180, every cell in quotes: a spreadsheet that splits at another character than the comma finds none to split at. */
export function csvRow(cells: readonly unknown[]): string {
  return `${cells.map((cell) => `"${csvText(cell).replaceAll('"', '""')}"`).join(',')}\r\n`;
}

function csvText(cell: unknown): string {
  if (cell === undefined || cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = typeof cell === 'string' ? cell : JSON.stringify(cell);
  return escapeText(formula.test(text) ? `'${text}` : text);
}
