import { readFileSync, rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WinstonLogger } from '../../src/index';

const directory = mkdtempSync(join(tmpdir(), 'trefoil-readable-lines-'));
const path = join(directory, 'orders.log');

let logger: WinstonLogger;

beforeEach(() => {
  rmSync(path, { force: true });
  logger = new WinstonLogger({ service: 'orders', environment: 'test', format: 'readable', path });
});
afterEach(() => logger.close());
afterAll(() => rmSync(directory, { recursive: true }));

/** What was written, without the times. */
async function written(): Promise<string[]> {
  await logger.flush();
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /;
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => line.replace(time, '<time> '));
}

function errorWith(message: string, stack: string, options?: ErrorOptions): Error {
  return Object.assign(new Error(message, options), { stack });
}

const forged = '2026-12-01T00:00:00.000Z INFO     [orders] forged';

describe('a readable line', () => {
  test('is followed by the stack of its error and of the causes, indented', async () => {
    const cause = errorWith('refused', 'Error: refused\n    at connect (net.js:1:1)');
    logger.error('failed', errorWith('down', 'Error: down\n    at query (db.js:2:2)', { cause }), { order_id: 'o-1' });
    logger.info('next');
    expect(await written()).toEqual([
      '<time> ERROR    [orders] failed order_id=o-1 error_type=Error error_message=down environment=test',
      '    Error: down',
      '        at query (db.js:2:2)',
      '  caused by Error: refused',
      '    Error: refused',
      '        at connect (net.js:1:1)',
      '<time> INFO     [orders] next environment=test',
    ]);
  });

  test.each([
    ['the message of an error', errorWith(`x\n${forged}`, `Error: x\n${forged}\n  caused by y\n    at z (z.js:1:1)`)],
    [
      'carriage returns and separators',
      errorWith('x', `Error: x\r${forged}\u2028${forged}\u0085${forged}\r\n${forged}`),
    ],
    ['escape sequences', errorWith('x', `Error: x\n\u001b[2K\u001b[1A\u001b[G${forged}`)],
    ['the message of a cause', errorWith('x', 'Error: x', { cause: errorWith(`y\n${forged}`, `Error: y\n${forged}`) })],
  ])('cannot be forged by %s', async (_, error) => {
    logger.error('failed', error);
    const [first, ...more] = await written();
    expect(first).toMatch(/^<time> ERROR {4}\[orders\] failed /);
    expect(more.length).toBeGreaterThan(0);
    for (const line of more) expect(line).toMatch(/^(?: {4}| {2}caused by Error: )[^\p{Cc}\p{Cf}\u2028\u2029]*$/u);
  });

  test.each([
    ['a stack that is a field', { error_stack: `a\n${forged}` }],
    ['causes that are a field', { error_causes: [{ error_type: `a\n${forged}`, error_message: `b\n${forged}` }] }],
    ['a line feed in any other field', { note: `a\n${forged}`, [`n\n${forged}`]: 1 }],
  ])('cannot be forged by %s', async (_, fields) => {
    logger.info('said', fields);
    const [first, ...more] = await written();
    expect(first).toMatch(/^<time> INFO {5}\[orders\] said /);
    for (const line of more) expect(line).toMatch(/^ {2}/);
  });

  test('keeps fields of the same names that are something else', async () => {
    logger.info('said', { error_stack: 7, error_causes: [{ reason: 'none' }] });
    logger.info('said', { error_causes: 'none' });
    expect(await written()).toEqual([
      '<time> INFO     [orders] said error_stack=7 error_causes=[{"reason":"none"}] environment=test',
      '<time> INFO     [orders] said error_causes=none environment=test',
    ]);
  });

  test('is no longer with its stacks than any other', async () => {
    const stack = `Error: deep\n${`    at f (${'x'.repeat(40)}.js:1:1)\n`.repeat(200)}`;
    const causes = Array.from({ length: 9 }, () => ({
      error_type: 'Error',
      error_message: 'deep',
      error_stack: stack,
    }));
    logger.error('failed', { error_causes: causes });
    logger.info('next');
    const lines = await written();
    expect(lines.at(-1)).toBe('<time> INFO     [orders] next environment=test');
    expect(lines.at(-2)).toMatch(/^ {2}.*… \[Truncated \d+ characters\]$/);
    expect(lines.slice(0, -1).join('\n').length).toBeLessThanOrEqual(65_536);
  });
});
