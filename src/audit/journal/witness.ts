import { signedText, type JournalRecord } from './journal-record';
import { readVerifyingKeyOrFile, type VerifyingKey } from './verifying-key';
import type { SigningKey } from './signing-key';

/** Keys whose signatures a process believes: its own, and those that it was told of. Without one of its own, none. */
export function trustedKeysOf(own: SigningKey | undefined, others: readonly string[]): VerifyingKey[] {
  const trusted = others.map((key) => readVerifyingKeyOrFile(key, 'audit.trustedKeys'));
  return own === undefined ? [] : [readVerifyingKeyOrFile(own.publicKey, 'audit.key'), ...trusted];
}

/** Whether a trusted key has signed a text, as the fields beside it say. */
export function isSignedBy(
  trusted: readonly VerifyingKey[],
  text: string,
  { keyId, signature }: { readonly keyId?: unknown; readonly signature?: unknown },
): boolean {
  if (typeof signature !== 'string') return false;
  return trusted.some((key) => key.keyId === keyId && key.verify(text, signature));
}

/** Whether a record is a checkpoint or seal of a writer that a trusted key has signed: it vouches for all before it. */
export function isWitness(record: JournalRecord, writer: string, trusted: readonly VerifyingKey[]): boolean {
  if (record.kind !== 'checkpoint' && record.kind !== 'seal') return false;
  return isSignedBy(trusted, signedText(record.kind, writer, record.seq, record.head), record);
}
