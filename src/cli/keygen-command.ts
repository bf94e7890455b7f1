import { rm, writeFile } from 'node:fs/promises';
import { generateSigningKeyPair, readVerifyingKey } from '../audit/journal/verifying-key';
import { escapeText } from '../redaction/escape-text';
import { CommandError, ExitCode } from './exit-code';

export async function writeKeyPair(files: { readonly privateKey: string; readonly publicKey: string }): Promise<void> {
  const pair = generateSigningKeyPair();
  await writeNew(files.privateKey, pair.privateKey, 0o600);
  try {
    await writeNew(files.publicKey, pair.publicKey, 0o644);
  } catch (error) {
    await rm(files.privateKey);
    throw error;
  }
  const { keyId } = readVerifyingKey(pair.publicKey);
  const text = `key ${keyId}\n  private  ${files.privateKey}\n  public   ${files.publicKey}`;
  process.stdout.write(`${text.split('\n').map(escapeText).join('\n')}\n`);
}

/** Never replaces a file: a private key that is lost cannot be made again. */
async function writeNew(file: string, text: string, mode: number): Promise<void> {
  await writeFile(file, text, { flag: 'wx', mode, flush: true }).catch((error: Error) => {
    throw new CommandError(ExitCode.cannotCreate, `the key cannot be written: ${error.message}`);
  });
}
