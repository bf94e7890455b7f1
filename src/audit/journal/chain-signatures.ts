import { createHash } from 'node:crypto';
import {
  signedText,
  type CheckpointRecord,
  type OpenRecord,
  type RetainRecord,
  type SealRecord,
} from './journal-record';
import { readVerifyingKey, type VerifyingKey } from './verifying-key';
import type { FaultClass } from './trail-report';

/** What is wrong with a record. */
export type Finding = readonly [FaultClass, string];

/**
 * Checks the signatures of one chain: by the trusted keys where there are any, else by the key that the chain itself
 * names, which shows a forged signature but not a chain that was signed anew.
 */
export class ChainSignatures {
  readonly #writer: string;
  readonly #trusted: readonly VerifyingKey[];
  #declared: VerifyingKey | undefined;
  /** The last record that a good signature vouches for. */
  signedThrough = 0;

  constructor(writer: string, trusted: readonly VerifyingKey[]) {
    this.#writer = writer;
    this.#trusted = trusted;
  }

  /** A segment names the key of its signatures. */
  open({ publicKey }: OpenRecord): Finding | undefined {
    if (publicKey === undefined || this.#trusted.length > 0) return undefined;
    try {
      this.#declared = readVerifyingKey(publicKey);
    } catch {
      return ['edit', 'the public key that the segment names is none'];
    }
    return undefined;
  }

  check(record: CheckpointRecord | SealRecord | RetainRecord): Finding | undefined {
    const { keyId, signature, seq, kind } = record;
    const isTrusting = this.#trusted.length > 0;
    if (signature === undefined) return isTrusting ? ['unsigned', `the ${kind} is not signed`] : undefined;
    const key = isTrusting ? this.#trusted.find((each) => each.keyId === keyId) : this.#declared;
    if (key === undefined) {
      return isTrusting
        ? ['foreign-key', `the ${kind} is signed by key ${String(keyId)}, which is not trusted`]
        : undefined;
    }
    const digest = record.kind === 'retain' ? digestOf(record) : record.head;
    if (!key.verify(signedText(kind, this.#writer, seq, digest), signature)) {
      return ['forged-signature', `the ${kind} is not signed by key ${key.keyId}`];
    }
    this.signedThrough = seq;
    return undefined;
  }
}

function digestOf({ dropped }: RetainRecord): string {
  return createHash('sha256').update(JSON.stringify(dropped)).digest('hex');
}
