import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import * as fs from 'node:fs';
import { TrefoilError } from '../../errors';

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
   * From a PKCS#8 PEM, or the file that holds one.
   *
   * @throws TrefoilError `TREFOIL_AUDIT_KEY`
   */
  static read(key: string): SigningKey {
    try {
      const pem = key.startsWith('-----BEGIN') ? key : fs.readFileSync(key, 'utf8');
      // OpenSSL says of either no more than "unsupported".
      if (pem.includes('PUBLIC KEY')) throw new Error('it is a public key, and only the private one can sign');
      if (!pem.includes('-----BEGIN')) throw new Error('it is not PEM');
      const privateKey = createPrivateKey(pem);
      if (privateKey.asymmetricKeyType === 'ed25519') return new SigningKey(privateKey);
      throw new Error(`it is a key for ${privateKey.asymmetricKeyType}`);
    } catch (cause) {
      throw new TrefoilError(
        'TREFOIL_AUDIT_KEY',
        {
          attempted: 'Reading the key that signs the audit trail',
          where: 'audit.key',
          why: (cause as Error).message,
          todo: 'Give an Ed25519 private key as PKCS#8 PEM, or the path of its file.',
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
