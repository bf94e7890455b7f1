import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { listWriters } from '../audit/journal/trail-layout';
import { eventFormats, type OutputFormat } from './event-output';
import { EventPrinter } from './event-printer';
import { CommandError, ExitCode } from './exit-code';
import { filterOf, type FilterOptions } from './option-values';
import { printEvents } from './query-command';

interface ExportOptions extends FilterOptions {
  readonly output: string;
  readonly force?: boolean;
  readonly format: OutputFormat;
}

export async function exportEvents(directory: string, options: ExportOptions): Promise<void> {
  const format = eventFormats[options.format];
  if (options.output === '-') {
    await printEvents(directory, filterOf(options), new EventPrinter(process.stdout, format));
    return;
  }
  // Before the file is made: a trail that is not there leaves no empty export behind.
  await listWriters(directory);
  const file = await open(options.output, options.force === true ? 'w' : 'wx', 0o600).catch((error: Error) => {
    const todo = (error as NodeJS.ErrnoException).code === 'EEXIST' ? '; --force replaces it' : '';
    throw new CommandError(ExitCode.cannotCreate, `the export cannot be written: ${error.message}${todo}`);
  });
  const stream = file.createWriteStream({ flush: true });
  const failed = new Promise<never>((_, reject) => stream.once('error', reject));
  try {
    await Promise.race([failed, printEvents(directory, filterOf(options), new EventPrinter(stream, format))]);
    stream.end();
    await Promise.race([failed, once(stream, 'close')]);
  } catch (error) {
    stream.destroy();
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new CommandError(ExitCode.cannotCreate, `the export is incomplete: ${(error as Error).message}`);
  }
}
