import { Writable } from 'node:stream';
import { pino } from 'pino';
import { fromPino } from '../../../src/index';

/** Flushes a pino logger whose destination never says that it has flushed, with nothing else to do. */
const destination = Object.assign(new Writable({ write: (_chunk, _encoding, done) => done() }), { flush: () => {} });

void fromPino(pino({}, destination))
  .flush()
  .then(() => console.log('flushed'));
