import type { SigningKey } from './signing-key';
import type { VerifyingKey } from './verifying-key';

/** What all writers of a journal have in common. */
export interface WriterSettings {
  readonly root: string;
  readonly filePrefix: string;
  /** Whether a segment holds one day only. */
  readonly rotateDaily: boolean;
  readonly maxSegmentBytes: number;
  readonly service: string | undefined;
  readonly environment: string | undefined;
  readonly key: SigningKey | undefined;
  /** Whose signatures are believed: its own key’s, and those of others that write or have written here. */
  readonly trusted: readonly VerifyingKey[];
  /** Whether the head of a chain is kept elsewhere as well. */
  readonly isAnchored: boolean;
}
