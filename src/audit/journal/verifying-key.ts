import { createHash, generateKeyPairSync, verify, type KeyObject } from 'node:crypto';
import { TrefoilError } from '../../errors';
import { publicKeyOf, readPublicKey } from './key-text';

/** An Ed25519 key pair as text: PKCS#8 and SPKI in PEM. */
export interface SigningKeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Checks signatures; made of what anybody may know. */
export interface VerifyingKey {
  readonly keyId: string;
  verify(message: string, signature: string): boolean;
}

export function generateSigningKeyPair(): SigningKeyPair {
  return generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}

/**
 * Reads a public key: SPKI in PEM, its base64 alone, or the 32 raw bytes in base64.
 *
 * @throws TrefoilError `TREFOIL_AUDIT_KEY`
 */
export function readVerifyingKey(text: string, where = 'the public key'): VerifyingKey {
  return verifyingKeyOf(parseKey(() => publicKeyOf(text), where));
}

/**
 * The same, or from the path of a file that holds one.
 *
 * @throws TrefoilError `TREFOIL_AUDIT_KEY`
 */
export function readVerifyingKeyOrFile(textOrFile: string, where: string): VerifyingKey {
  return verifyingKeyOf(parseKey(() => readPublicKey(textOrFile), where));
}

function verifyingKeyOf(key: KeyObject): VerifyingKey {
  return {
    keyId: keyIdOf(key),
    verify: (message, signature) => verify(null, Buffer.from(message), key, Buffer.from(signature, 'base64')),
  };
}

function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').slice(0, 16);
}

function parseKey(parse: () => KeyObject, where: string): KeyObject {
  try {
    const key = parse();
    if (key.asymmetricKeyType === 'ed25519') return key;
    throw new Error(`it is a key for ${key.asymmetricKeyType}`);
  } catch (cause) {
    throw new TrefoilError(
      'TREFOIL_AUDIT_KEY',
      {
        attempted: 'Reading a key that signatures of the audit trail are checked with',
        where,
        why: (cause as Error).message,
        todo: 'Give the public key that `npx trefoil audit keygen` has written: Ed25519, as SPKI PEM.',
      },
      { cause },
    );
  }
}
