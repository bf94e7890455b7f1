import { setImmediate } from 'node:timers/promises';
import type { ExpositionFormat } from './exposition-format';

/** How long a scrape keeps the event loop to itself, in milliseconds. */
const longestTurnMs = 5;

/**
 * Puts metrics together to what a scrape gets. A large one lets other work have its turn: what is shown has to be read
 * before.
 *
 * @param metrics the text of each, whole or in pieces
 */
export async function expositionOf(metrics: Iterable<Iterable<string>>, format: ExpositionFormat): Promise<string> {
  const separator = format === 'prometheus' ? '\n\n' : '\n';
  const pieces: string[] = [];
  let since = performance.now();
  for (const metric of metrics) {
    if (pieces.length > 0) pieces.push(separator);
    for (const piece of metric) {
      pieces.push(piece);
      if (performance.now() - since < longestTurnMs) continue;
      await setImmediate();
      since = performance.now();
    }
  }
  if (format === 'openmetrics') pieces.push(pieces.length > 0 ? '\n# EOF' : '# EOF');
  pieces.push('\n');
  return pieces.join('');
}
