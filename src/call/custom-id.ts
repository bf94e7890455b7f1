import type { Diagnostics } from '../diagnostics';
import { describeValue } from '../errors';
import { generateId } from './generate-id';
import { enterTelemetry, leaveTelemetry } from './suppression';

/** Longer than any usual id; what is longer is a mistake. */
const maxLength = 200;

/**
 * The user's own generator, guarded: where it throws or gives no id, a random UUID takes the place and the failure is
 * reported, for an event without an id would be lost.
 */
export function guardedGenerator(custom: (() => string) | undefined, diagnostics: Diagnostics): () => string {
  if (custom === undefined) return generateId;
  return () => {
    enterTelemetry();
    try {
      const id: unknown = custom();
      if (isId(id)) return id;
      throw new Error(`expected a text of 1 to ${maxLength} characters, got ${describeValue(id)}`);
    } catch (error) {
      diagnostics.report('TREFOIL_ID_INVALID', 'audit.generateId', error);
      return generateId();
    } finally {
      leaveTelemetry();
    }
  };
}

function isId(id: unknown): id is string {
  return typeof id === 'string' && id !== '' && id.length <= maxLength;
}
