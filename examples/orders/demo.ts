import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startReceiver } from './driver/child-process';
import { kinds, type Kind } from './driver/drop-one';
import { runDemo } from './driver/run-demo';
import { serve } from './driver/serve';

const usage = `npm run demo                        drives the service, compares all figures and prints a report
npm run demo -- --drop-one KIND     loses one record on purpose: ${kinds.join(', ')}
npm run demo -- --serve             keeps the service and its /metrics up`;

interface Arguments {
  readonly serve: boolean;
  readonly dropOne: Kind | undefined;
}

function readArguments(): Arguments {
  const { values } = parseArgs({ options: { serve: { type: 'boolean' }, 'drop-one': { type: 'string' } } });
  const { serve: isServing = false, 'drop-one': dropOne } = values;
  if (dropOne !== undefined && !kinds.includes(dropOne as Kind)) {
    throw new Error(`--drop-one: expected one of ${kinds.join(', ')}, got ${JSON.stringify(dropOne)}`);
  }
  if (isServing && dropOne !== undefined) throw new Error('--serve and --drop-one do not go together');
  return { serve: isServing, dropOne: dropOne as Kind | undefined };
}

async function main({ serve: isServing, dropOne }: Arguments): Promise<number> {
  const directory = join('var', 'demo', new Date().toISOString().replace(/\W/g, '-').slice(0, 23));
  const receiver = await startReceiver();
  try {
    if (isServing) return await serve(directory, receiver.ready.url);
    return await runDemo(directory, receiver.ready.url, dropOne);
  } finally {
    await receiver.stop();
  }
}

try {
  const given = readArguments();
  void main(given).then(
    (exitCode) => (process.exitCode = exitCode),
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
} catch (error) {
  console.error(`${(error as Error).message}\n\n${usage}`);
  process.exitCode = 2;
}
