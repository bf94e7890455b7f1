import type { Call } from '../call/call';

/**
 * Whether a call is in the sample: by its trace where it has one, else by its request, so that the lines of either stay
 * together in every process that has the same rate; else by chance.
 */
export function isSampled({ traceId, givenCorrelationId }: Call, rate: number): boolean {
  const id = traceId ?? givenCorrelationId;
  return id === undefined ? Math.random() < rate : shareOf(id) < rate;
}

/** A number from 0 to 1, always the same for an id. */
function shareOf(id: string): number {
  // FNV-1a: trace ids may be of any form where the tracer is the application's own.
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  }
  // Its upper bits alone depend on too little of the text.
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  return (hash >>> 0) / 2 ** 32;
}
