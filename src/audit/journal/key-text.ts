import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A private key out of what was given for one: the key itself, or else the path of its file. */
export function readPrivateKey(given: string): KeyObject {
  return keyIn(given, privateKeyIn);
}

/** The same of a public key. */
export function readPublicKey(given: string): KeyObject {
  return keyIn(given, publicKeyIn);
}

/** A public key out of its text; never a file's. */
export function publicKeyOf(text: string): KeyObject {
  const key = publicKeyIn(text);
  if (key === undefined) throw new Error('it is neither PEM nor a public key in base64');
  return key;
}

function keyIn(given: string, parse: (text: string) => KeyObject | undefined): KeyObject {
  const key = parse(given) ?? parse(readKeyFile(given));
  if (key === undefined) throw new Error('the file holds neither PEM nor a key in base64');
  return key;
}

/**
 * Neither the path nor Node's message, which holds it, is passed on: what is taken for a path may be a key in a form that
 * is not known here.
 */
function readKeyFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : code;
    throw new Error(
      `it is no key that is known, and no file can be read at the path that it is taken for: ${why} (${path.length} characters, not shown because they could be a key)`,
    );
  }
}

function privateKeyIn(text: string): KeyObject | undefined {
  const pem = pemIn(text);
  if (pem === undefined) return keyInDer(text, (key) => createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
  // OpenSSL says of either no more than "unsupported".
  if (pem.includes('PUBLIC KEY')) throw new Error('it is a public key, and only the private one can sign');
  if (pem.includes('ENCRYPTED')) throw new Error('it is encrypted, and there is no option for a passphrase');
  return createPrivateKey(pem);
}

function publicKeyIn(text: string): KeyObject | undefined {
  const pem = pemIn(text);
  if (pem?.includes('PRIVATE KEY') === true) throw new Error('this is a private key');
  if (pem !== undefined) return createPublicKey(pem);
  if (keyInDer(text, (key) => createPrivateKey({ key, format: 'der', type: 'pkcs8' })) !== undefined) {
    throw new Error('this is a private key');
  }
  const spki = keyInDer(text, (key) => createPublicKey({ key, format: 'der', type: 'spki' }));
  if (spki !== undefined || !rawKey.test(text)) return spki;
  return createPublicKey({
    key: Buffer.concat([spkiPrefix, Buffer.from(text, 'base64')]),
    format: 'der',
    type: 'spki',
  });
}

const rawKey = /^[A-Za-z0-9+/]{43}=?\s*$/;

/** SPKI in DER is this and the 32 raw bytes of an Ed25519 key (RFC 8410). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** Of environment variables and one-line files: `\n` in two characters, or a blank, in the place of a line feed. */
const lineBreaks = /\\[rn]|\s/g;

/** The PEM in a text, or in its base64, with one line feed after each line; `undefined` where there is none. */
function pemIn(text: string): string | undefined {
  if (!text.includes('-----BEGIN')) {
    const inner = text.trim().startsWith(encodedBegin) ? Buffer.from(text, 'base64').toString('latin1') : '';
    return inner.includes('-----BEGIN') ? pemIn(inner) : undefined;
  }
  const [, label = '', body] = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/.exec(text) ?? [];
  if (body === undefined) throw new Error('its PEM has no END line that belongs to its BEGIN line');
  const lines = body.replace(lineBreaks, '').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** `-----BEGIN` in base64. */
const encodedBegin = 'LS0tLS1CRUdJTi';

/** A key whose PEM has lost its first and last line, as secrets are often stored. */
function keyInDer(text: string, parse: (der: Buffer) => KeyObject): KeyObject | undefined {
  const base64 = text.replace(lineBreaks, '');
  // DER begins with the tag of a sequence, 0x30: in base64, with M.
  if (!/^M[A-Za-z0-9+/]{50,}={0,2}$/.test(base64)) return undefined;
  try {
    return parse(Buffer.from(base64, 'base64'));
  } catch {
    return undefined;
  }
}
