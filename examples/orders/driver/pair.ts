/** Two figures that must be equal. */
export interface PairRow {
  readonly subject: string;
  readonly expected: number;
  readonly found: number;
  readonly agrees: boolean;
}

/** Compares two figures. */
export function pair(subject: string, expected: number, found: number): PairRow {
  return { subject, expected, found, agrees: expected === found };
}
