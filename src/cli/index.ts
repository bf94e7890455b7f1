#!/usr/bin/env node
import './unexpected-failure';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { TrefoilError } from '../errors';
import { escapeText } from '../redaction/escape-text';
import { addAuditCommands } from './audit-commands';
import { CommandError, ExitCode } from './exit-code';

async function main(): Promise<number> {
  const program = new Command('trefoil')
    .description('Works with what trefoil has recorded.')
    .version(packageVersion())
    .showHelpAfterError('(add --help for how it is used)')
    .exitOverride();
  addAuditCommands(program);
  try {
    await program.parseAsync();
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : ExitCode.usage;
    process.stderr.write(`error: ${escapeText(messageOf(error))}\n`);
    return exitCodeOf(error);
  }
}

/** From the manifest that lies two directories above, in the package as in a checkout. */
function packageVersion(): string {
  const manifest = readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

function messageOf(error: unknown): string {
  if (error instanceof CommandError || error instanceof TrefoilError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode;
  if (error instanceof TrefoilError) return ExitCode.noInput;
  return ExitCode.internal;
}

// Whoever reads the output may have seen enough, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`error: the output cannot be written: ${escapeText(error.message)}\n`);
  process.exit(ExitCode.cannotCreate);
});

void main().then((code) => {
  process.exitCode = code;
});
