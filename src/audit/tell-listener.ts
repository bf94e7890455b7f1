import { whenRejected } from '../diagnostics';

/** Tells a listener of something; that it throws, or gives a promise that rejects, is its own affair. */
export function tell(listener: () => unknown): void {
  try {
    whenRejected(listener(), () => undefined);
  } catch {
    // What it is told has been counted, and there is nobody else to tell.
  }
}
