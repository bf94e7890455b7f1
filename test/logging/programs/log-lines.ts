import 'reflect-metadata';
import { writeSync } from 'node:fs';
import { initializeObservability } from '../../../src/index';

/** Logs lines and ends; `program <ending> <how many> <format> <path or -> <signals or not>`. */
const [ending, count, format, path, signals] = process.argv.slice(2);

const trefoil = initializeObservability({
  metrics: { backend: 'none' },
  logging: { format: format as 'json', ...(path === '-' ? {} : { path: path as string }) },
  signals: signals === 'signals',
});

function logAll(): void {
  for (let index = 0; index < Number(count); index += 1) trefoil.logger.info(`line ${index}`, { index });
}

/** For whoever is to send a signal. */
function ready(): void {
  writeSync(2, 'ready\n');
  setInterval(() => undefined, 1_000);
}

const endings: Readonly<Record<string, () => unknown>> = {
  'normal exit': logAll,
  'process.exit at once': () => {
    logAll();
    process.exit(0);
  },
  'process.exit in a handler': () => {
    process.on('exit', () => trefoil.logger.info(`line ${count}`, { index: Number(count) }));
    setImmediate(() => {
      logAll();
      process.exit(0);
    });
  },
  'an uncaught throw': () => {
    logAll();
    throw new Error('uncaught');
  },
  'an unhandled rejection': () => {
    logAll();
    void Promise.reject(new Error('unhandled'));
  },
  abort: () => {
    logAll();
    process.abort();
  },
  'a signal': () => {
    logAll();
    ready();
  },
};

endings[ending as string]?.();
