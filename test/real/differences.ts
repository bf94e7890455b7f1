import type { Tally } from '../../examples/orders/driver/tally';

/** Where what was found is not what was expected. */
export function differences(what: string, expected: Tally, found: Tally): string[] {
  return [...new Set([...expected.counts.keys(), ...found.counts.keys()])]
    .filter((key) => expected.of(key) !== found.of(key))
    .map((key) => `${what} ${key}: ${found.of(key)} instead of ${expected.of(key)}`);
}
