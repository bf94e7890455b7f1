import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { container } from 'tsyringe';
import { AUDIT_BACKEND, LOGGER, METRICS_BACKEND, TRACER, type Trefoil, type TrefoilOptions } from '../../src/index';
import { quiet, shutDownAll, start } from './runtimes';

let folder: string;
let taken: Server;
let port: number;
/** Below a regular file nothing can be made, whoever runs the test. */
let nowhere: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trefoil-required-'));
  writeFileSync(join(folder, 'a-file'), '');
  nowhere = join(folder, 'a-file', 'below');
  taken = createServer();
  await new Promise<void>((resolve) => void taken.listen(0, '127.0.0.1', resolve));
  port = (taken.address() as AddressInfo).port;
});

afterAll(() => {
  taken.close();
  rmSync(folder, { recursive: true, force: true });
});

let written: jest.SpyInstance;

beforeEach(() => {
  written = jest.spyOn(console, 'error').mockImplementation(() => undefined);
});

afterEach(async () => {
  await shutDownAll();
  written.mockRestore();
});

const names = ['audit', 'metrics', 'tracing', 'logging'] as const;
type Name = (typeof names)[number];

/** A header that gRPC refuses when the exporter is made. */
const refused = { protocol: 'grpc', headers: { authorization: 'Bearer\tx' } } as const;

interface Failure {
  readonly part: Name;
  readonly how: string;
  readonly code: string;
  /** Whether it is known before `initializeObservability` returns. */
  readonly isSeenAtOnce: boolean;
  readonly options: (required: boolean) => TrefoilOptions;
}

const failures: readonly Failure[] = [
  {
    part: 'audit',
    how: 'a directory that cannot be made',
    code: 'TREFOIL_AUDIT_PATH',
    isSeenAtOnce: true,
    options: (required) => ({ audit: { backend: 'file', path: nowhere, required } }),
  },
  {
    part: 'audit',
    how: 'a path that is a file',
    code: 'TREFOIL_AUDIT_PATH',
    isSeenAtOnce: true,
    options: (required) => ({ audit: { backend: 'json', path: join(folder, 'a-file'), required } }),
  },
  {
    part: 'metrics',
    how: 'a port that is taken',
    code: 'TREFOIL_METRICS_PORT',
    isSeenAtOnce: false,
    options: (required) => ({ metrics: { backend: 'prometheus', port, required } }),
  },
  {
    part: 'metrics',
    how: 'an exporter that refuses its settings',
    code: 'TREFOIL_METRICS_EXPORTER',
    isSeenAtOnce: true,
    options: (required) => ({ metrics: { backend: 'otlp', ...refused, required } }),
  },
  {
    part: 'tracing',
    how: 'an exporter that refuses its settings',
    code: 'TREFOIL_TRACING_START',
    isSeenAtOnce: true,
    options: (required) => ({ tracing: { exporter: 'otlp', ...refused, required } }),
  },
  {
    part: 'logging',
    how: 'a file that cannot be made',
    code: 'TREFOIL_LOGGING_PATH',
    isSeenAtOnce: true,
    options: (required) => ({ logging: { path: nowhere, required } }),
  },
];

/** What a failing factory, or a backend without its methods, is under each token. */
const tokens = { audit: AUDIT_BACKEND, metrics: METRICS_BACKEND, tracing: TRACER, logging: LOGGER };

const stateOf = (trefoil: Trefoil, part: Name): string => trefoil.status()[part].state;

describe.each(failures)('$part that cannot start: $how', ({ part, code, isSeenAtOnce, options }) => {
  test('degrades the runtime where it is not required', async () => {
    const trefoil = start(options(false));
    await trefoil.ready;
    expect(stateOf(trefoil, part)).toBe('degraded');
    expect(trefoil.status()).toMatchObject({ state: 'degraded', [part]: { error: { code } } });
  });

  test('ends the start where it is required: at once what is seen at once, else by ready', async () => {
    const begin = (): Trefoil => start(options(true));
    if (isSeenAtOnce) expect(begin).toThrow(expect.objectContaining({ code }) as Error);
    else await expect(begin().ready).rejects.toMatchObject({ code });
  });

  test('is refused by reconfigure() where it is required, and what was in force stays', async () => {
    const trefoil = start();
    const { audit, metrics, tracer, logger } = trefoil;
    await expect(trefoil.reconfigure(options(true))).rejects.toMatchObject({ code });
    expect(trefoil).toMatchObject({ audit, metrics, tracer, logger });
    expect(trefoil.status().state).toBe('running');
  });

  test('is refused by reconfigure() where it becomes required, and stays degraded', async () => {
    const trefoil = start(options(false));
    await trefoil.ready;
    await expect(trefoil.reconfigure({ [part]: { required: true } })).rejects.toMatchObject({ code });
    expect(trefoil.status()).toMatchObject({ state: 'degraded', [part]: { error: { code } } });
  });
});

describe.each(names)('%s of your own that is no backend', (part) => {
  const required = { [part]: { ...quiet[part], required: true } } as TrefoilOptions;

  test('is a mistake, and refused whether it is required or not: one without its methods', () => {
    container.register(tokens[part], { useValue: {} });
    const refusal = expect.objectContaining({ code: 'TREFOIL_BACKEND_INVALID' }) as Error;
    expect(() => start(required)).toThrow(refusal);
    expect(() => start()).toThrow(refusal);
  });

  test('is refused where it is required, and degrades the runtime where it is not: a registration that throws', () => {
    container.register(tokens[part], {
      useFactory: () => {
        throw new Error('no backend');
      },
    });
    expect(() => start(required)).toThrow(expect.objectContaining({ code: 'TREFOIL_BACKEND_INVALID' }) as Error);
    expect(start({}, container.createChildContainer()).status()).toMatchObject({
      state: 'degraded',
      [part]: { state: 'degraded', error: { code: 'TREFOIL_BACKEND_INVALID' } },
    });
  });
});

test('an endpoint that cannot start keeps no other way out of the metrics closed', async () => {
  const asked: string[] = [];
  const gateway = createServer((request, response) => {
    asked.push(String(request.method));
    response.end();
  });
  await new Promise<void>((resolve) => void gateway.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
    const trefoil = start({ metrics: { backend: 'prometheus', port, pushGateway: { url } } });
    await trefoil.ready;
    await trefoil.flush();
    expect(trefoil.status().metrics.error?.code).toBe('TREFOIL_METRICS_PORT');
    expect(asked.length).toBeGreaterThan(0);
  } finally {
    gateway.close();
  }
});
