import { pinoWriter, syncingWriter, trailWriter, type EventWriter } from './event-writers';
import { markdownTable } from './markdown-table';
import { grouped, rounded, type Goal, type Measurement } from './measurement';
import { withScratchDirectory } from './scratch-directory';
import { inOrderOf, median, quantile } from './statistics';

/** So many events are written before timers and syncs have their turn, as in a program whose event loop turns. */
const eventsPerTurn = 100;
const eventsPerCheck = 1_000;
const callers = 100;

interface Contender {
  readonly writer: EventWriter;
  /** How many callers write at a time, each waiting for its event; 1 where none waits. */
  readonly callers: number;
  /** Events per second in each round; those with the same index ran side by side. */
  readonly rates: number[];
}

interface Contest {
  readonly what: string;
  readonly goal: number;
  /** Ours first. */
  readonly contenders: readonly { readonly name: string; readonly eventsPerSecond: number }[];
  /** Ours to theirs, of rounds side by side. */
  readonly ratio: { readonly median: number; readonly low: number; readonly high: number };
}

interface Audit {
  readonly rounds: number;
  /** How many fields an event has. */
  readonly fields: number;
  readonly contests: readonly Contest[];
  readonly problems: readonly string[];
}

/** How many events a second one process can write to a file. */
export const audit: Measurement<Audit> = {
  name: 'audit',
  title: 'Audit events to a file',
  run: ({ isQuick }) =>
    withScratchDirectory(async (directory) => {
      const rounds = isQuick ? 2 : 30;
      const batchMs = isQuick ? 100 : 400;
      const buffered = [contender(trailWriter(directory, 'buffered')), contender(pinoWriter(directory))];
      const durable = [contender(trailWriter(directory, 'durable'), callers), contender(syncingWriter(directory))];
      const all = [...buffered, ...durable];
      const problems: string[] = [];
      const fields = new Set<string>();
      for (const { writer } of all) problems.push(...(await problemsOf(writer, fields)));
      for (const pair of [buffered, durable]) {
        for (const one of pair) await batch(one, batchMs);
        for (let round = 0; round < rounds; round += 1) {
          for (const one of inOrderOf(round, pair)) one.rates.push(await batch(one, batchMs));
        }
      }
      for (const { writer } of all) await writer.close();
      return {
        rounds,
        fields: fields.size,
        contests: [
          contest('buffered, one after the other', 1, buffered),
          contest(`durable, ${callers} callers at a time`, 10, durable),
        ],
        problems,
      };
    }),
  problems: ({ problems }) => problems,
  goals: ({ contests }) =>
    contests.map(({ what, goal, contenders: [, theirs], ratio }): Goal => {
      const aim = `>= ${goal.toFixed(2)} x the events/s of ${theirs?.name}`;
      return { what: `audit, ${what}`, goal: aim, measured: ratio.median.toFixed(3), isMet: ratio.median >= goal };
    }),
  render: ({ rounds, fields, contests }) =>
    [
      `Events of ${fields} fields, each with an id and a time of its own. trefoil chains its lines by hashes, rotates them and syncs`,
      'them in the background; pino is given the same fields by hand and adds nothing but its level. The third line waits',
      `for \`fdatasync\` together with ${callers - 1} others, the fourth for one of its own. Medians of ${rounds} interleaved rounds; what one`,
      'has left for the disk to do is done before the next begins.',
      '',
      markdownTable(
        ['', 'events/s', 'ratio'],
        contests.flatMap(({ contenders, ratio: { median: middle, low, high } }) =>
          contenders.map(({ name, eventsPerSecond }, index) => {
            const ratio = index === 0 ? `${middle.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})` : '';
            return [name, grouped(eventsPerSecond), ratio];
          }),
        ),
      ),
    ].join('\n'),
};

function contender(writer: EventWriter, atATime = 1): Contender {
  return { writer, callers: atATime, rates: [] };
}

/** Writes for a while; gives events per second. */
async function batch({ writer, callers: atATime }: Contender, ms: number): Promise<number> {
  const start = performance.now();
  const deadline = start + ms;
  const write = async (): Promise<number> => {
    let events = 0;
    while (performance.now() < deadline) events += await turn(writer);
    return events;
  };
  const counts = await Promise.all(Array.from({ length: atATime }, write));
  const seconds = (performance.now() - start) / 1_000;
  await writer.settle();
  return counts.reduce((sum, count) => sum + count, 0) / seconds;
}

/** One event that is waited for, or as many as fit in a turn of the event loop. */
async function turn(writer: EventWriter): Promise<number> {
  const logged = writer.log('order-4711');
  if (logged !== undefined) {
    await logged;
    return 1;
  }
  for (let event = 1; event < eventsPerTurn; event += 1) void writer.log('order-4711');
  await new Promise((resolve) => setImmediate(resolve));
  return eventsPerTurn;
}

/** Whether every event is in the file, with all the fields that those of others have. */
async function problemsOf(writer: EventWriter, fields: Set<string>): Promise<string[]> {
  for (let event = 0; event < eventsPerCheck; event += 1) await writer.log(`order-${event}`);
  const stored = await writer.stored();
  await writer.settle();
  const problems: string[] = [];
  const items = new Set(stored.map((event) => event['item_id']));
  if (items.size !== eventsPerCheck) problems.push(`expected ${eventsPerCheck} events, got ${items.size}`);
  const names = Object.keys(stored[0] ?? {});
  for (const name of names) fields.add(name);
  if (names.length !== fields.size) problems.push(`expected ${fields.size} fields, got ${names.length}`);
  return problems.map((problem) => `${writer.name}: ${problem}`);
}

function contest(what: string, goal: number, [ours, theirs]: readonly Contender[]): Contest {
  if (ours === undefined || theirs === undefined) throw new Error('expected two contenders');
  const ratios = ours.rates.map((rate, round) => rate / (theirs.rates[round] ?? Number.NaN));
  const [low, middle, high] = [0.25, 0.5, 0.75].map((of) => rounded(quantile(ratios, of))) as [number, number, number];
  return {
    what,
    goal,
    contenders: [ours, theirs].map(({ writer: { name }, rates }) => ({
      name,
      eventsPerSecond: rounded(median(rates)),
    })),
    ratio: { median: middle, low, high },
  };
}
