import { propagation, type Baggage, type BaggageEntry, type BaggageEntryMetadata } from '@opentelemetry/api';

/** W3C Baggage: how much has to be passed on, and so how much is kept; also of a format that knows no limit. */
export const maxBaggageEntries = 180;
const maxLength = 8_192;

/** The first entries of a baggage, up to what W3C Baggage asks to pass on; without those that no header can hold. */
export function boundBaggage(baggage: Baggage): Baggage {
  const entries = baggage.getAllEntries();
  const kept: [string, BaggageEntry][] = [];
  let length = 0;
  for (const [key, entry] of entries) {
    if (!isWritable(key, entry)) continue;
    length += key.length + String(entry.value).length + (entry.metadata?.toString().length ?? 0) + 2;
    if (kept.length === maxBaggageEntries || length > maxLength) break;
    kept.push([key, entry]);
  }
  return kept.length === entries.length ? baggage : baggageOf(kept);
}

/** The entries of a baggage that a header can hold: one that cannot would cost all the others. */
export function writableBaggage(baggage: Baggage): Baggage {
  const entries = baggage.getAllEntries();
  const kept = entries.filter(([key, entry]) => isWritable(key, entry));
  return kept.length === entries.length ? baggage : baggageOf(kept);
}

function baggageOf(entries: readonly (readonly [string, BaggageEntry])[]): Baggage {
  return entries.reduce((baggage, [key, entry]) => baggage.setEntry(key, entry), propagation.createBaggage());
}

/** Visible ASCII, blanks and tabs, without the comma that begins the next entry. Metadata is written as it is. */
const validMetadata = /^[\t\x20-\x2b\x2d-\x7e]*$/;

/** Plain JavaScript, and a propagator of somebody's own, may have put anything into an entry. */
function isWritable(key: unknown, entry: Partial<BaggageEntry> | null | undefined): boolean {
  try {
    if (typeof key !== 'string' || key === '' || !key.isWellFormed()) return false;
    const { value, metadata }: { readonly value?: unknown; readonly metadata?: unknown } = entry ?? {};
    const isText = typeof value === 'string' ? value.isWellFormed() : ['number', 'boolean'].includes(typeof value);
    return isText && (metadata === undefined || validMetadata.test((metadata as BaggageEntryMetadata).toString()));
  } catch {
    return false;
  }
}
