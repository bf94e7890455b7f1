import { WinstonLogger } from '../../../src/index';

/** Logs 3,000 lines to a file that others write to and rotate as well; `program <path> <writer>`. */
const [path, writer] = process.argv.slice(2) as [string, string];

const logger = new WinstonLogger({
  service: 'rotating',
  environment: 'test',
  path,
  rotation: { maxFileSizeMb: 0.05, maxFiles: 1_000 },
});

function logSome(from: number): void {
  for (let index = from; index < from + 100; index += 1) logger.info('line', { index, writer });
  if (from < 2_900) setImmediate(() => logSome(from + 100));
}

logSome(0);
