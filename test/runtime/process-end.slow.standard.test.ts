import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { compileProgram, runProgram, type Ended, type Program } from './run-program';

let program: Program;

beforeAll(() => {
  program = compileProgram('process-end');
});

afterAll(() => program.remove());

/** Sends the signal once the program is ready. */
function end(scenario: string, signal?: NodeJS.Signals): Promise<Ended> {
  return runProgram(program, [scenario], (line, kill) => {
    if (line === 'ready' && signal !== undefined) kill(signal);
  });
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s flushes, closes, and then has its default effect', async (signal) => {
  expect(await end('alone', signal)).toEqual({
    code: null,
    signal,
    lines: ['ready', 'flushed first', 'closed'],
    errors: '',
  });
});

test.each(['listening', 'listening once'])(
  'an application that is %s to the signal leaves when it is done, and is recorded until then',
  async (scenario) => {
    const { code, signal, lines, errors } = await end(scenario, 'SIGTERM');
    expect({ code, signal, errors }).toEqual({ code: 0, signal: null, errors: '' });
    expect(lines).toEqual(['ready', 'the application drains', 'flushed first', 'flushed first drained', 'closed']);
  },
);

test('an empty event loop flushes and closes', async () => {
  expect(await end('empty')).toEqual({
    code: 0,
    signal: null,
    lines: ['ready', 'flushed first', 'closed'],
    errors: '',
  });
});

test('streams that nobody reads hold nothing up, and are recorded', async () => {
  expect(await end('unread')).toEqual({
    code: 0,
    signal: null,
    lines: ['ready', 'flushed first web node', 'closed'],
    errors: '',
  });
});

test('a shutdown of its own happens once', async () => {
  const { code, lines } = await end('shut down');
  expect({ code, lines }).toEqual({ code: 0, lines: ['ready', 'flushed first', 'closed', 'exit'] });
});

test('every runtime of the process is shut down', async () => {
  const { signal, lines } = await end('two', 'SIGTERM');
  expect(signal).toBe('SIGTERM');
  expect([...lines].sort()).toEqual(['closed', 'closed', 'flushed child', 'flushed first', 'ready']);
});

test('another copy of trefoil in the process does not keep it from ending', async () => {
  const { signal, lines } = await end('another copy', 'SIGTERM');
  expect({ signal, lines }).toEqual({ signal: 'SIGTERM', lines: ['ready', 'flushed first', 'closed'] });
});

test('the package signal-exit in the process does not keep it from ending', async () => {
  const { signal, lines } = await end('signal-exit', 'SIGTERM');
  expect({ signal, lines }).toEqual({ signal: 'SIGTERM', lines: ['ready', 'flushed first', 'closed', 'signal-exit'] });
});

test('a backend that hangs holds the signal up no longer than the deadline', async () => {
  const { signal, lines, errors } = await end('hanging', 'SIGTERM');
  expect(signal).toBe('SIGTERM');
  expect(lines).toEqual(['ready', 'flushed first', 'closed']);
  expect(errors).toContain('TREFOIL_SHUTDOWN_TIMEOUT 100 ms: audit: not done within 100 ms');
});

test('with signals off, the signal has its default effect at once', async () => {
  expect(await end('off', 'SIGTERM')).toMatchObject({ code: null, signal: 'SIGTERM', lines: ['ready'] });
});

test.each(['with signals', 'without signals'])('nothing is left open after a shutdown %s', async (signals) => {
  const handles = compileProgram('open-handles');
  let exported = 0;
  const collector = createServer((request, response) => {
    exported += 1;
    request.resume().on('end', () => response.writeHead(200, { connection: 'close' }).end());
  });
  await new Promise<void>((resolve) => void collector.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = collector.address() as AddressInfo;
    const { code, lines, errors } = await runProgram(handles, [signals, `http://127.0.0.1:${port}`]);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    const { before, running, after, report } = JSON.parse(lines[0] ?? '') as Record<string, string>;
    expect(after).toBe(before);
    expect((JSON.parse(running ?? '') as { listeners: number[] }).listeners).toEqual(
      signals === 'with signals' ? [1, 1, 1, 0] : [0, 0, 0, 0],
    );
    expect(report).toEqual({ timedOut: false, errors: [] });
    expect(exported).toBe(1);
  } finally {
    collector.close();
    handles.remove();
  }
});
