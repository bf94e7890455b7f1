import type { Operation } from '../call/operation';
import { declareAudited } from './audited';
import { declareCounted } from './counted';
import { declareObserved } from './observed';
import type { ValidMethodOptions } from './observe-options';
import { declareTimed } from './timed';
import { declareTraced } from './traced';

/**
 * Declares what a function or a method of an object is observed by, as a stack of decorators does: each pillar that has
 * options of its own like its decorator, the others like `@Observed`.
 */
export function declareObservation(operation: Operation, source: string, options: ValidMethodOptions): void {
  const { audited, traced, timed, counted, ...observed } = options;
  if (typeof audited === 'object') declareAudited(`${source} audited`, operation, audited);
  if (typeof traced === 'object') declareTraced(`${source} traced`, operation, traced);
  if (typeof timed === 'object') declareTimed(`${source} timed`, operation, timed);
  if (typeof counted === 'object') declareCounted(`${source} counted`, operation, counted);
  const off = Object.entries({ audited, traced, timed, counted }).filter(([, wanted]) => wanted === false);
  declareObserved(source, operation, observed, new Set(off.map(([facet]) => facet)));
}
