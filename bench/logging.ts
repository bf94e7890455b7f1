import { closeSync, createWriteStream, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { pino } from 'pino';
import { Observed, Store, WinstonLogger, initializeObservability } from 'trefoil';
import winston from 'winston';
import { markdownTable } from './markdown-table';
import { grouped, rounded, type Goal, type Measurement } from './measurement';
import { withScratchDirectory } from './scratch-directory';
import { inOrderOf, median } from './statistics';
import { BareStore, itemOf, loadOrder, type Order, type OrderStore } from './stores';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

/** Something that writes a line to a file for each call of `log`. */
interface LineWriter {
  readonly name: string;
  readonly file: string;
  readonly ns: number[];
  log(index: number): unknown;
  /** Resolves when every line is in the file; a part of what its lines cost. */
  settle?(): Promise<unknown>;
  close(): Promise<unknown>;
}

interface Logging {
  readonly rounds: number;
  readonly linesPerRound: number;
  readonly writers: readonly { readonly name: string; readonly ns: number; readonly ratio: number }[];
  readonly problems: readonly string[];
}

const ours = 'trefoil, line of a call';
const theirs = 'pino, sync, by hand';

/** What one log line per call costs beside winston and pino alone. */
export const logging: Measurement<Logging> = {
  name: 'logging',
  title: 'One log line per call',
  run: ({ isQuick }) =>
    withScratchDirectory(async (directory) => {
      const [rounds, linesPerRound] = isQuick ? [3, 500] : [41, 5_000];
      const writers = [
        bareCall(join(directory, 'none')),
        ...decorated(join(directory, 'call.log')),
        ownLogger(join(directory, 'logger.log')),
        byPino(join(directory, 'pino.log')),
        byWinston(join(directory, 'winston.log')),
      ];
      const within = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 1 });
      let written = 0;
      const writeLines = async ({ log, settle }: LineWriter): Promise<number> => {
        const start = performance.now();
        await context.with(within, async () => {
          for (let index = 0; index < linesPerRound; index += 1) await log(index);
        });
        await settle?.();
        return ((performance.now() - start) * 1e6) / linesPerRound;
      };
      for (let round = -2; round < rounds; round += 1) {
        for (const writer of inOrderOf(round + 2, writers)) {
          const ns = await writeLines(writer);
          if (round >= 0) writer.ns.push(ns);
        }
        written += linesPerRound;
      }
      for (const { close } of writers) await close();
      const byHand = median(writers.find(({ name }) => name === theirs)?.ns ?? []);
      return {
        rounds,
        linesPerRound,
        writers: writers.map(({ name, ns }) => ({
          name,
          ns: rounded(median(ns)),
          ratio: rounded(median(ns) / byHand),
        })),
        problems: writers.filter(({ file }) => file !== '').flatMap((writer) => [...problemsOf(writer, written)]),
      };
    }),
  problems: ({ problems }) => problems,
  goals: ({ writers }): Goal[] => {
    const ratio = writers.find(({ name }) => name === ours)?.ratio ?? Number.NaN;
    return [
      { what: 'one log line per call', goal: '<= 1.00 x pino by hand', measured: ratio.toFixed(2), isMet: ratio <= 1 },
    ];
  },
  render: ({ rounds, linesPerRound, writers }) =>
    [
      `A call that does nothing, inside a span, and is logged with the same fields, in JSON to a file. trefoil's line has been handed`,
      `to the kernel when the call ends, as pino's with \`sync: true\`; winston's are waited for at the end of a round. Medians of ${rounds} interleaved`,
      `rounds of ${grouped(linesPerRound)} awaited calls; all lines are counted and parsed afterwards.`,
      '',
      markdownTable(
        ['', 'ns per call', '÷ pino by hand'],
        writers.map(({ name, ns, ratio }) => [name, grouped(Math.round(ns)), ratio.toFixed(2)]),
      ),
    ].join('\n'),
};

/** The call itself, which every other row has in it. */
function bareCall(file: string): LineWriter {
  const store: OrderStore = new BareStore();
  const nothing = { name: 'the bare call', file: '', ns: [], close: () => Promise.resolve(file) };
  return { ...nothing, log: (index) => store.get(`o-${index}`) };
}

/** A decorated call whose line is all that is recorded. */
function decorated(file: string): LineWriter[] {
  @Store({ name: 'OrderStore', type: 'memory' })
  class LoggedStore extends BareStore {
    @Observed({ event: 'read', item: itemOf })
    override async get(_id: string): Promise<Order> {
      return loadOrder();
    }
  }
  const trefoil = initializeObservability({
    service: { name: 'bench', environment: 'bench' },
    audit: { backend: 'none' },
    metrics: { backend: 'none' },
    tracing: { exporter: 'none' },
    logging: { level: 'debug', format: 'json', path: file },
    signals: false,
  });
  const store = new LoggedStore();
  const line: LineWriter = {
    name: ours,
    file,
    ns: [],
    log: (index) => store.get(`o-${index}`),
    close: () => trefoil.shutdown(),
  };
  return [line];
}

/** trefoil's logger, called like the others. */
function ownLogger(file: string): LineWriter {
  const logger = new WinstonLogger({ service: 'bench', environment: 'bench', level: 'debug', path: file });
  const store = new BareStore();
  return {
    name: "trefoil's logger, by hand",
    file,
    ns: [],
    async log(index) {
      const start = performance.now();
      const id = `o-${index}`;
      await store.get(id);
      logger.debug('OrderStore.get success', callFields(id, start));
    },
    close: () => logger.close(),
  };
}

function byPino(file: string): LineWriter {
  const descriptor = openSync(file, 'a');
  const logger = pino(
    { level: 'debug', base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'message' },
    pino.destination({ dest: descriptor, sync: true }),
  );
  const store = new BareStore();
  return {
    name: theirs,
    file,
    ns: [],
    async log(index) {
      const start = performance.now();
      const id = `o-${index}`;
      await store.get(id);
      logger.debug(fieldsOf(id, start), 'OrderStore.get success');
    },
    close() {
      closeSync(descriptor);
      return Promise.resolve();
    },
  };
}

function byWinston(file: string): LineWriter {
  const { createLogger, format, transports } = winston;
  // Its File transport falls behind, and is then at odds with its own end.
  const stream = createWriteStream(file, { flags: 'a' });
  const logger = createLogger({
    level: 'debug',
    format: format.combine(format.timestamp(), format.json()),
    transports: [new transports.Stream({ stream, eol: '\n' })],
  });
  const store = new BareStore();
  return {
    name: 'winston, to a file, by hand',
    file,
    ns: [],
    async log(index) {
      const start = performance.now();
      const id = `o-${index}`;
      await store.get(id);
      logger.debug('OrderStore.get success', fieldsOf(id, start));
    },
    settle: () => new Promise((resolve) => stream.write('', resolve)),
    close: () => new Promise((resolve) => void stream.end(resolve)),
  };
}

/** What a line says beside its message, as it is written by hand. */
function fieldsOf(itemId: string, start: number): Record<string, unknown> {
  return {
    ...callFields(itemId, start),
    service: 'bench',
    environment: 'bench',
    trace_id: traceId,
    span_id: spanId,
    correlation_id: traceId,
  };
}

function callFields(itemId: string, start: number): Record<string, unknown> {
  return {
    store: 'OrderStore',
    operation: 'get',
    outcome: 'success',
    duration_ms: Math.round((performance.now() - start) * 1_000) / 1_000,
    item_id: itemId,
  };
}

function* problemsOf({ name, file }: LineWriter, expected: number): Generator<string> {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  if (lines.length !== expected) yield `${name}: expected ${expected} lines, got ${lines.length}`;
  const wrong = lines.find((text) => {
    const line = JSON.parse(text) as Record<string, unknown>;
    return line['outcome'] !== 'success' || typeof line['item_id'] !== 'string' || line['trace_id'] !== traceId;
  });
  if (wrong !== undefined) yield `${name}: expected a line with all of its fields, got ${wrong}`;
}
