import { createHash, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { TrefoilError } from '../../errors';
import { readPrivateKey } from './key-text';

/** Signs the heads of chains with an Ed25519 key. */
export class SigningKey {
  readonly keyId: string;
  /** SPKI PEM. */
  readonly publicKey: string;
  readonly #key: KeyObject;

  constructor(key: KeyObject) {
    const publicKey = createPublicKey(key);
    this.#key = key;
    this.publicKey = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const der = publicKey.export({ type: 'spki', format: 'der' });
    this.keyId = createHash('sha256').update(der).digest('hex').slice(0, 16);
  }

  /**
   * From a PKCS#8 PEM, its base64 alone, or the file that holds one.
   *
   * @throws TrefoilError `TREFOIL_AUDIT_KEY`
   */
  static read(key: string): SigningKey {
    try {
      const privateKey = readPrivateKey(key);
      if (privateKey.asymmetricKeyType === 'ed25519') return new SigningKey(privateKey);
      throw new Error(`it is a key for ${privateKey.asymmetricKeyType}`);
    } catch (cause) {
      throw new TrefoilError(
        'TREFOIL_AUDIT_KEY',
        {
          attempted: 'Reading the key that signs the audit trail',
          where: 'audit.key',
          why: (cause as Error).message,
          todo: 'Give the private key that `npx trefoil audit keygen` writes (Ed25519, as PKCS#8 PEM), or the path of its file.',
        },
        { cause },
      );
    }
  }

  /** The fields that a signed record gets. */
  sign(text: string): { readonly keyId: string; readonly signature: string } {
    return { keyId: this.keyId, signature: sign(null, Buffer.from(text), this.#key).toString('base64') };
  }
}
