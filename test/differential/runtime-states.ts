import 'reflect-metadata';
import type { Tracer } from '@opentelemetry/api';
import { container } from 'tsyringe';
import { rootSource } from '../../src/call/instrumentation-source';
import type { Instrumentation } from '../../src/call/instrumentation';
import {
  AUDIT_BACKEND,
  CALL_HANDLER,
  initializeObservability,
  LOGGER,
  METRICS_BACKEND,
  TRACER,
  type AuditBackend,
  type Call,
  type CallHandler,
  type Logger,
  type MetricsBackend,
  type TrefoilOptions,
} from '../../src/index';
import { isRecording, type State } from './features';
import type { Records } from './recorded-outcome';

const options: TrefoilOptions = {
  service: { name: 'differential', environment: 'test' },
  audit: { backend: 'memory', maxEvents: 1000 },
  metrics: { backend: 'memory' },
  tracing: { exporter: 'memory', maxSpans: 1000 },
  logging: { level: 'silent' },
  signals: false,
};

const off: TrefoilOptions = {
  ...options,
  audit: { backend: 'none' },
  metrics: { backend: 'none' },
  tracing: { exporter: 'none' },
};

const thrown = [undefined, null, 'text', new Error('telemetry')];
let turn = 0;
function raise(): never {
  turn += 1;
  throw thrown[turn % thrown.length];
}
function reject(): Promise<never> {
  turn += 1;
  return Promise.reject(thrown[turn % thrown.length]);
}
const resolve = (): Promise<void> => Promise.resolve();

/** All four backends, failing in one way whatever they are asked. */
function failingBackends(fail: () => unknown): readonly (readonly [symbol, unknown])[] {
  const audit: Record<keyof AuditBackend, unknown> = {
    name: 'failing',
    guarantees: { delivery: 'strict', volatile: false },
    log: fail,
    logSync: raise,
    query: fail,
    health: fail,
    flush: resolve,
    close: resolve,
  };
  const metrics: Record<keyof MetricsBackend, unknown> = {
    name: 'failing',
    declare: (definition: unknown) => ({ definition, series: () => ({ record: fail, keepExemplar: fail }) }),
    observe: fail,
    addSource: fail,
    increment: fail,
    gauge: fail,
    histogram: fail,
    summary: fail,
    get: fail,
    getMetrics: fail,
    collect: fail,
    reset: fail,
    flush: resolve,
    close: resolve,
  };
  const tracer: Record<keyof Tracer, unknown> = { startSpan: raise, startActiveSpan: raise };
  const logger: Record<keyof Logger, unknown> = {
    name: 'failing',
    isLevelEnabled: () => true,
    log: fail,
    debug: fail,
    info: fail,
    warn: fail,
    error: fail,
    critical: fail,
    exception: fail,
    child: fail,
    bind: fail,
    level: 'debug',
    setLevel: fail,
    prepare: fail,
    onLevelChange: fail,
    handOver: fail,
    exportHealth: fail,
    flush: resolve,
    close: resolve,
  };
  return [
    [AUDIT_BACKEND, audit],
    [METRICS_BACKEND, metrics],
    [TRACER, tracer],
    [LOGGER, logger],
  ];
}

const observing: CallHandler = {
  name: 'observing',
  onStart: (call) => call.keep(observing, call.item),
  onSettle: (call) => void [call.kept(observing), call.auditId, call.durationMs],
};

/** Against every rule that can be broken from there. */
const hostile: CallHandler = {
  name: 'hostile',
  onStart(call: Call): unknown {
    (call.args as unknown[]).fill('changed').push('added');
    return reject();
  },
  onSettle(call: Call): unknown {
    call.result = 'changed';
    call.error = 'changed';
    call.threw = !call.threw;
    if ((turn += 1) % 2 === 0) return reject();
    return raise();
  },
};

/** What each state of the runtime is to calls. A runtime for every case would take longer than all of the rest. */
export class RuntimeStates {
  readonly #instrumentations: ReadonlyMap<State, Instrumentation | undefined>;
  readonly #records: ReadonlyMap<State, Records>;

  private constructor(
    instrumentations: ReadonlyMap<State, Instrumentation | undefined>,
    records: ReadonlyMap<State, Records>,
  ) {
    this.#instrumentations = instrumentations;
    this.#records = records;
  }

  static async start(): Promise<RuntimeStates> {
    const console = silenced();
    const trefoil = initializeObservability(off);
    const instrumentations = new Map<State, Instrumentation | undefined>();
    const keep = async (state: State, given: TrefoilOptions, registered: readonly (readonly [symbol, unknown])[]) => {
      container.reset();
      for (const [token, value] of registered) container.register(token, { useValue: value });
      await trefoil.reconfigure(given);
      instrumentations.set(state, rootSource.current);
      if (!isRecording(state)) return;
      const { audit, metrics, tracer } = trefoil;
      records.set(state, { audit, metrics, tracer } as Records);
    };
    const records = new Map<State, Records>();
    instrumentations.set('everything off', rootSource.current);
    await keep('throwing backends', options, failingBackends(raise));
    await keep('rejecting backends', options, failingBackends(reject));
    await keep('hostile handlers', options, [[CALL_HANDLER, hostile]]);
    await keep('handlers', options, [[CALL_HANDLER, observing]]);
    await keep('in memory', options, []);
    console.restore();
    return new RuntimeStates(instrumentations, records);
  }

  /** What a state records, where that can be read. */
  recordsOf(state: State): Records | undefined {
    return this.#records.get(state);
  }

  /** Ends what nobody will end any more, or a timer or the garbage collector ends it among the records of a later run. */
  giveUpOpenCalls(state: State): void {
    const { openEnded, unasked } = this.#instrumentations.get(state) ?? {};
    for (const call of [...(openEnded ?? []), ...(unasked ?? [])]) call.giveUp();
  }

  /** Puts a state in force: what a reconfiguration, a shutdown or a start leaves behind. */
  enter(state: State): void {
    rootSource.current = this.#instrumentations.get(state);
    rootSource.wasShutDown = state === 'shut down';
  }
}

/** Failing backends are reported, also to the console while there is no logger. */
function silenced(): { restore(): void } {
  const { write } = process.stderr;
  process.stderr.write = () => true;
  return { restore: () => void (process.stderr.write = write) };
}
