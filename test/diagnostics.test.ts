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
