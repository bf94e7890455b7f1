import parse from 'parse-prometheus-text-format';
import { compileProgram, runProgram, type Program } from './run-program';

interface Told {
  readonly urls: unknown[];
  readonly first: string;
  readonly openMetrics: string;
  readonly echo: unknown;
  readonly again: string;
  readonly before: string;
  readonly after: string;
  readonly reports: unknown;
  readonly resources: unknown[];
}

/** Lines of a text by what stands before their value. */
function linesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

const label = (operation: string): string => `store="Orders",operation="${operation}"`;
const calls = `store_operations_total{${label('get')},status="success",service="orders"}`;
const durations = `store_operation_duration_seconds_count{${label('get')},service="orders"}`;
const connections = 'store_connections_active{store="Orders",service="orders"}';

describe('a cluster', () => {
  let program: Program;

  const run = async (scenario: string): Promise<Told> => {
    const { lines, errors, code } = await runProgram(program, [scenario]);
    if (code !== 0 || lines.length === 0) throw new Error(errors);
    return JSON.parse(lines.at(-1) as string) as Told;
  };

  beforeAll(() => {
    program = compileProgram('cluster-metrics');
  });

  afterAll(() => program.remove());

  test.each(['plain', 'late'])(
    'shows the metrics of all its processes in one scrape of the primary one (%s)',
    async (scenario) => {
      const { urls, first } = await run(scenario);
      expect(urls).toEqual([null, null, null]);
      const lines = linesOf(first);
      // One call of the primary process, and as many of each worker as its id.
      expect(lines.get(calls)).toBe(1 + 1 + 2 + 3);
      expect(lines.get(durations)).toBe(7);
      expect(lines.get(connections)).toBe(4);
      expect(lines.get('level{service="orders"}')).toBe(3);
      expect(lines.get('app_process_start_time_seconds{service="orders"}')).toBe(1_700_000_000);
      expect(lines.get('unmeasured{service="orders"}')).toBeNaN();
      expect(lines.has('only_here{service="orders"}')).toBe(false);
      expect(lines.get('size_bytes_sum{service="orders"}')).toBe(6);
      expect(lines.get('size_bytes_count{service="orders"}')).toBe(3);
      const families = parse(first).map(({ name }: { name: string }) => name);
      expect(new Set(families).size).toBe(families.length);
    },
  );

  test('shows them as OpenMetrics too, with exemplars, and leaves the application its messages', async () => {
    const { openMetrics, echo, again, first, reports, resources } = await run('plain');
    expect(openMetrics).toMatch(/# EOF\n$/);
    expect(openMetrics).toMatch(
      /duration_seconds_bucket\{.*\} \d+ # \{trace_id="[0-9a-f]{32}",span_id="[0-9a-f]{16}"\}/,
    );
    expect(echo).toEqual({ id: 7, 'trefoil.metrics': 'mine' });
    expect(linesOf(again).get(calls)).toBe(linesOf(first).get(calls));
    expect(again).not.toContain('forged');
    expect(linesOf(again).get('sound_total{from="one that is no more",service="orders"}')).toBe(2);
    expect(linesOf(again).get('mixed_count{service="orders"}')).toBe(2);
    expect(reports).toEqual({ TREFOIL_BACKEND_FAILED: 4 });
    expect(resources).toEqual([]);
  });

  test.each([
    ['dying', 'is killed'],
    ['stopping', 'shuts down'],
  ])('keeps the counters of a worker that %2$s, and not its gauges', async (scenario) => {
    const { after } = await run(scenario);
    const lines = linesOf(after);
    // The third worker made four calls, the one in its place as many as its id.
    expect(lines.get(calls)).toBe(1 + 1 + 2 + 4 + 4);
    expect(lines.get(durations)).toBe(12);
    expect(lines.get(connections)).toBe(4);
    expect(lines.get('size_bytes_count{service="orders"}')).toBe(4);
  });

  test('has the last counts of a worker that calls process.exit()', async () => {
    const { after } = await run('exiting');
    const lines = linesOf(after);
    // The third worker made four calls before it was told to end, and one more just before it did.
    expect(lines.get(calls)).toBe(1 + 1 + 2 + 5 + 4);
    expect(lines.get(durations)).toBe(13);
    // What it told of before, from a source that cannot answer at once, is not lost either.
    expect(lines.get('size_bytes_count{service="orders"}')).toBe(4);
    expect(lines.get(connections)).toBe(4);
  });

  test('waits for a worker that hangs no longer than it is told to, and shows what it told last', async () => {
    const { after, again } = await run('hanging');
    expect([after, again].map((text) => linesOf(text).get(calls))).toEqual([7, 7]);
  });

  test('waits no longer for a worker that is killed while it is asked', async () => {
    const { after } = await run('asked');
    expect(linesOf(after).get(calls)).toBe(7);
  });
});
