import { rootSource } from '../call/instrumentation-source';

/** Says that a context could not be written or read; whoever asked for it goes on without. */
export function reportPropagation(where: 'inject' | 'extract', error: unknown): void {
  rootSource.current?.parts.diagnostics.report('TREFOIL_PROPAGATION_FAILED', where, error);
}
