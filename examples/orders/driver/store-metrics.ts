import type { Evidence } from './evidence';
import type { Load } from './load';
import { pair, type PairRow } from './pair';
import { Tally } from './tally';
import { effectsOf } from './traffic-effects';

/** Holds the standard metrics that count no calls against what the client has seen. */
export function compareStoreMetrics(loads: readonly Load[], { samples }: Pick<Evidence, 'samples'>): PairRow[] {
  const expected = new Tally();
  for (const { effect, count, bytes } of effectsOf(loads)) {
    if (effect.bytes !== undefined) expected.add([`store_bytes_${effect.bytes}_total`], bytes);
    if (effect.cache !== undefined) expected.add([effect.cache === 'hit' ? cacheHits : cacheMisses], count);
    if (effect.error !== undefined) expected.add([`${errors} ${effect.error}`], count);
  }
  // The service has one connection as long as it is up.
  expected.add([connections]);

  const found = new Tally();
  for (const { name, labels, value } of samples) {
    const type = labels['error_type'] ?? '';
    // Each driver has a name of its own for what went wrong in the database.
    if (name === errors) found.add([`${errors} ${type.startsWith('Order') ? type : 'of the database'}`], value);
    else if (compared.has(name)) found.add([name], value);
  }
  return [...new Set([...expected.counts.keys(), ...found.counts.keys()])]
    .sort()
    .map((subject) => pair(subject, expected.of(subject), found.of(subject)));
}

const errors = 'store_errors_total';
const connections = 'store_connections_active';
const cacheHits = 'store_cache_hits_total';
const cacheMisses = 'store_cache_misses_total';
const compared = new Set(['store_bytes_read_total', 'store_bytes_written_total', cacheHits, cacheMisses, connections]);
