import { createHash, createPublicKey, generateKeyPairSync, verify, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { TrefoilError } from '../../errors';

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

const rawKey = /^[A-Za-z0-9+/]{43}=?\s*$/;

/** SPKI in DER is this and the 32 raw bytes of an Ed25519 key (RFC 8410). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

export function generateSigningKeyPair(): SigningKeyPair {
  return generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}

/**
 * Reads a public key: SPKI in PEM, or the 32 raw bytes in base64.
 *
 * @throws TrefoilError `TREFOIL_AUDIT_KEY`
 */
export function readVerifyingKey(text: string, where = 'the public key'): VerifyingKey {
  return verifyingKeyOf(parseKey(() => parsePublicKey(text), where));
}

/**
 * The same, or from the path of a file that holds one.
 *
 * @throws TrefoilError `TREFOIL_AUDIT_KEY`
 */
export function readVerifyingKeyOrFile(textOrFile: string, where: string): VerifyingKey {
  const isText = textOrFile.includes('-----BEGIN') || rawKey.test(textOrFile);
  return verifyingKeyOf(parseKey(() => parsePublicKey(isText ? textOrFile : readFileSync(textOrFile, 'utf8')), where));
}

function verifyingKeyOf(key: KeyObject): VerifyingKey {
  return {
    keyId: keyIdOf(key),
    verify: (message, signature) => verify(null, Buffer.from(message), key, Buffer.from(signature, 'base64')),
  };
}

function parsePublicKey(text: string): KeyObject {
  if (text.includes('PRIVATE KEY')) throw new Error('this is a private key');
  if (text.includes('-----BEGIN')) return createPublicKey(text);
  // Neither base64 nor DER mind what comes behind: any longer text would pass for a key.
  if (!rawKey.test(text)) throw new Error('it is neither PEM nor 32 bytes in base64');
  const der = Buffer.concat([spkiPrefix, Buffer.from(text, 'base64')]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
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
