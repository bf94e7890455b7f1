import { TrefoilError } from '../../errors';

/** The error of an event that is not, or not surely, in the journal. */
export function notWritten(file: string, why: string, cause?: unknown): TrefoilError {
  return new TrefoilError(
    'TREFOIL_AUDIT_NOT_WRITTEN',
    {
      attempted: 'Writing an audit event',
      where: file,
      why,
      todo: 'See status() and the disk; the journal tries again by itself.',
    },
    cause === undefined ? undefined : { cause },
  );
}

/** Why an event is lost, in one word: the code of the operating system where there is one. */
export function lossReason(error: unknown): string {
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
  if (cause !== undefined) return lossReason(cause);
  if (code === 'TREFOIL_CLOSED') return 'closed';
  return typeof code === 'string' ? code : 'error';
}
