import { propagation, type Baggage, type BaggageEntry } from '@opentelemetry/api';

/** W3C Baggage: how much has to be passed on, and so how much is kept; also of a format that knows no limit. */
export const maxBaggageEntries = 180;
const maxLength = 8_192;

/** The first entries of a baggage, up to what W3C Baggage asks to pass on. */
export function boundBaggage(baggage: Baggage): Baggage {
  const entries = baggage.getAllEntries();
  const kept: [string, BaggageEntry][] = [];
  let length = 0;
  for (const [key, entry] of entries) {
    length += key.length + entry.value.length + (entry.metadata?.toString().length ?? 0) + 2;
    if (kept.length === maxBaggageEntries || length > maxLength) break;
    kept.push([key, entry]);
  }
  if (kept.length === entries.length) return baggage;
  return kept.reduce((bounded, [key, entry]) => bounded.setEntry(key, entry), propagation.createBaggage());
}
