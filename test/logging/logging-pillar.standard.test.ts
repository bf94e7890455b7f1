import 'reflect-metadata';
import { container } from 'tsyringe';
import { initializeObservability, Observed, LOGGER, type Trefoil } from '../../src/index';
import { RecordingLogger } from '../fixtures/memory-runtime';
import { unhandledRejections } from '../fixtures/unhandled-rejections';

const secret = 'canary7F3a';

class Accounts {
  @Observed({ event: 'read' })
  login(password: string): void {
    throw new Error(`rejected: password=${password}, pin=${password}`);
  }
}

class RejectingLogger extends RecordingLogger {
  override log(...line: Parameters<RecordingLogger['log']>): never {
    super.log(...line);
    return Promise.reject(new Error(`no log: token=${secret}`)) as never;
  }
}

function start(logger: RecordingLogger): Trefoil {
  container.reset();
  container.register(LOGGER, { useValue: logger });
  return initializeObservability({
    metrics: { backend: 'none' },
    redaction: { fieldsToRedact: ['pin'] },
    signals: false,
  });
}

describe('a logger of a user’s own', () => {
  test('is handed no secret of an error', async () => {
    const logger = new RecordingLogger();
    const trefoil = start(logger);
    expect(() => new Accounts().login(secret)).toThrow(secret);
    await trefoil.shutdown();
    expect(logger.lines).toHaveLength(1);
    expect(logger.lines[0]?.fields).toMatchObject({
      error_type: 'Error',
      error_message: 'rejected: password=[REDACTED], pin=[REDACTED]',
    });
    expect(JSON.stringify(logger.lines)).not.toContain(secret);
  });

  test('may be asynchronous: its rejections are reported, and nothing is left unhandled', async () => {
    const logger = new RejectingLogger();
    const trefoil = start(logger);
    const login = (): void => expect(() => new Accounts().login(secret)).toThrow(secret);
    expect(await unhandledRejections(login)).toEqual([]);
    expect(trefoil.status().reports).toEqual({ TREFOIL_HANDLER_FAILED: 1 });
    expect(logger.lines[1]).toMatchObject({
      level: 'warn',
      message: 'trefoil: no log: token=[REDACTED]',
      fields: { code: 'TREFOIL_HANDLER_FAILED', where: 'Accounts.login (logging)' },
    });
    await trefoil.shutdown();
  });
});

test('a report on the console has no secrets either', async () => {
  container.reset();
  const lines: unknown[] = [];
  const spy = jest.spyOn(console, 'error').mockImplementation((line) => void lines.push(line));
  try {
    const trefoil = initializeObservability({
      metrics: { backend: 'none' },
      logging: { path: `/dev/null/https://app:${secret}@host/token=${secret}` },
      signals: false,
    });
    await trefoil.shutdown();
  } finally {
    spy.mockRestore();
  }
  expect(lines.join('\n')).toContain('TREFOIL_LOGGING_PATH');
  expect(lines.join('\n')).not.toContain(secret);
});
