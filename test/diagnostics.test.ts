import { Diagnostics, messageOf, type DiagnosticReport } from '../src/diagnostics';
import { unhandledRejections } from './fixtures/unhandled-rejections';

const secret = 'canary7F3a';
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function failing(): string {
  return secret;
}

class UnreadableError extends Error {
  override get message(): string {
    throw new Error(secret);
  }
}

test.each([
  ['an error', new Error('disk full'), 'disk full'],
  ['a text', 'disk full', 'disk full'],
  ['a number', 7, '7'],
  ['nothing', undefined, 'undefined'],
  ['a function, not its source', failing, '[Function failing]'],
  ['a list, not what it holds', [failing], 'an array of 1'],
  ['an error with a number for a message', Object.assign(new Error(), { message: 7 }), '7'],
  ['an error with a function for a message', Object.assign(new Error(), { message: failing }), '[Function failing]'],
  ['an error without a message', Object.assign(new Error(), { message: undefined }), 'an error without a message'],
  ['an error that cannot be read', new UnreadableError(), 'an error that cannot be read'],
  ['an object that cannot be written', Object.create(null), 'an error that cannot be read'],
])('the message of %s is a text', (_what, thrown, message) => expect(messageOf(thrown)).toBe(message));

describe('diagnostics', () => {
  const reported = (give: (report: DiagnosticReport) => unknown): Diagnostics => new Diagnostics(give);

  test('hand on no secrets, by the rules that they are given', () => {
    const messages: string[] = [];
    const sink = ({ message }: DiagnosticReport): void => void messages.push(message);
    const diagnostics = reported(sink);
    diagnostics.report('TREFOIL_BACKEND_FAILED', 'audit', new Error(`postgres://app:${secret}@db refused`));
    diagnostics.setSink(sink, { redactText: (text) => text.replace(secret, '***') });
    diagnostics.report('TREFOIL_HANDLER_FAILED', 'audit', new Error(`${secret} refused`));
    diagnostics.setSink(sink);
    diagnostics.report('TREFOIL_PLAN_FAILED', 'audit', new Error(`${secret} refused`));
    expect(messages).toEqual(['postgres://[REDACTED]@db refused', '*** refused', '*** refused']);
  });

  test('are not harmed by a sink that rejects, and tell of it to nobody', async () => {
    const diagnostics = reported(() => Promise.reject(new Error('sink')));
    const report = (): void => diagnostics.report('TREFOIL_BACKEND_FAILED', 'audit', new Error('disk full'));
    expect(await unhandledRejections(report)).toEqual([]);
    expect(diagnostics.counts()).toEqual({ TREFOIL_BACKEND_FAILED: 1 });
  });

  test('report a promise that is watched when it rejects, and nothing else that is given back', async () => {
    const reports: DiagnosticReport[] = [];
    const diagnostics = reported((report) => reports.push(report));
    const then = (_resolve: unknown, reject: (error: Error) => void): void => reject(new Error('thenable'));
    for (const returned of [undefined, null, true, 'text', {}, Promise.resolve(), failing, { then }]) {
      diagnostics.watch('TREFOIL_BACKEND_FAILED', 'audit', returned);
    }
    diagnostics.watch('TREFOIL_HANDLER_FAILED', 'logging', Promise.reject(new Error('late')));
    await turn();
    expect(reports.map(({ code, where, message }) => [code, where, message])).toEqual([
      ['TREFOIL_HANDLER_FAILED', 'logging', 'late'],
      ['TREFOIL_BACKEND_FAILED', 'audit', 'thenable'],
    ]);
  });
});

describe('what an application must not miss', () => {
  const told: DiagnosticReport[] = [];
  const sink = (report: DiagnosticReport): void => void told.push(report);
  const lose = (diagnostics: Diagnostics, cause: string, level: 'warn' | 'error' = 'error'): void =>
    diagnostics.report('TREFOIL_BACKEND_FAILED', 'audit', new Error(cause), level);

  beforeEach(() => {
    told.length = 0;
    jest.useFakeTimers();
  });

  afterEach(() => void jest.useRealTimers());

  test('is told at once, and with the count of the rest when the interval is over', () => {
    const diagnostics = new Diagnostics(sink, 10_000);
    for (const cause of ['first', 'second', 'third']) lose(diagnostics, cause);
    expect(told.map(({ message, suppressed }) => [message, suppressed])).toEqual([['first', 0]]);
    jest.advanceTimersByTime(10_000);
    expect(told.map(({ message, suppressed }) => [message, suppressed])).toEqual([
      ['first', 0],
      ['third', 1],
    ]);
    jest.advanceTimersByTime(60_000);
    expect(told).toHaveLength(2);
    expect(diagnostics.counts()).toEqual({ TREFOIL_BACKEND_FAILED: 3 });
  });

  test('is not kept back where that interval is not waited for, and told no more than once', () => {
    const diagnostics = new Diagnostics(sink, 10_000);
    diagnostics.passOnHeld();
    for (const cause of ['first', 'second', 'third']) lose(diagnostics, cause);
    diagnostics.passOnHeld();
    diagnostics.passOnHeld();
    jest.advanceTimersByTime(60_000);
    expect(told.map(({ message, suppressed }) => [message, suppressed])).toEqual([
      ['first', 0],
      ['third', 1],
    ]);
  });

  test('is not kept back by warnings of its code, which wait for the next of them', () => {
    const diagnostics = new Diagnostics(sink, 10_000);
    for (const cause of ['first', 'second']) lose(diagnostics, cause, 'warn');
    lose(diagnostics, 'lost');
    jest.advanceTimersByTime(60_000);
    expect(told.map(({ message }) => message)).toEqual(['first', 'lost']);
  });
});
