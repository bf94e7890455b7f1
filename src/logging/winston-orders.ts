import type { LogFields } from './logger';
import { renamed } from './render-line';

/** Its format `splat` lays what it finds there over the whole line. */
const takenByWinston: ReadonlySet<string> = new Set(['splat']);

/** Fields as winston may be given them. As `true`, `exception` and `rejection` would be orders to its transports. */
export function withoutOrders(fields: LogFields): Record<string, unknown> {
  const safe: Record<string, unknown> = { ...renamed(fields, takenByWinston) };
  for (const order of ['exception', 'rejection']) if (safe[order] === true) safe[order] = 'true';
  return safe;
}
