import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { WinstonLogger } from '../../../src/index';

/** Logs to a file in whose place a pipe is put that nobody reads, and tells how that went; `program <path>`. */
const path = process.argv[2] as string;
const logger = new WinstonLogger({ service: 's', environment: 'e', path });
logger.info('before');
rmSync(path);
execFileSync('mkfifo', [path]);

setTimeout(() => {
  logger.info('meanwhile');
  const [health] = logger.exportHealth();
  rmSync(path);
  void logger.flush().then(() => {
    console.log(JSON.stringify({ waited: health?.queueDepth, text: readFileSync(path, 'utf8') }));
    return logger.close();
  });
}, 25);
