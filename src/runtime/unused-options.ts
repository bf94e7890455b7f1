import type { TrefoilErrorCode } from '../errors';
import type { Problem } from './problem';
import type { ReadOptions } from './options';

const code = 'TREFOIL_OPTION_UNUSED' satisfies TrefoilErrorCode;

const exporting = ['url', 'endpoint', 'headers', 'timeoutMs', 'batch'];
const sampling = ['sampler', 'sampleRate', 'limits'];
const overOtlp = [...exporting, 'protocol', 'compression', ...sampling];
const pushing = [
  ...['endpoint', 'url', 'protocol', 'headers', 'compression', 'timeoutMs'],
  ...['intervalMs', 'flushTimeoutMs', 'temporality'],
];
const naming = ['prefix', 'buckets', 'labelBudget'];
const labelled = [...naming, 'defaultLabels', 'defaultMetrics'];
const journal = [
  ...['path', 'maxFileSizeMb', 'maxFiles', 'maxAgeDays', 'key', 'trustedKeys', 'anchors'],
  'strictPermissions',
];

/** Which options the backends look at, beside those that hold for any of them. */
const used = {
  audit: {
    always: ['backend', 'delivery', 'onFailure', 'maxWaitMs', 'generateId', 'required'],
    none: [],
    memory: ['maxEvents'],
    file: journal,
    json: [...journal, 'rotateDaily', 'filePrefix'],
    own: [],
  },
  metrics: {
    always: ['backend', 'required'],
    none: [],
    memory: naming,
    prometheus: [...labelled, 'port', 'host', 'path', 'pushGateway', 'cluster'],
    otlp: [...labelled, ...pushing],
    own: ['labelBudget'],
  },
  tracing: {
    always: ['exporter', 'propagators', 'required'],
    none: [],
    memory: ['maxSpans', 'limits'],
    global: [],
    console: sampling,
    zipkin: [...exporting, ...sampling],
    otlp: overOtlp,
    jaeger: overOtlp,
    several: ['zipkinEndpoint'],
    tracer: [],
    own: ['batch', ...sampling],
  },
} as const satisfies Record<string, Readonly<Record<string, readonly string[]>>>;

/** The options that are given and that nothing looks at, because of another option. */
export function unusedOptions(read: ReadOptions): Problem[] {
  // The first reason is the one that settles it.
  const found = new Map<string, Problem>();
  for (const problem of findUnused(read)) if (!found.has(problem.where)) found.set(problem.where, problem);
  return [...found.values()];
}

function* findUnused({ sections, resolved, unknownEnvironment }: ReadOptions): Generator<Problem> {
  const { audit, metrics, tracing, logging } = resolved;
  yield* unusedBy('audit', 'backend', sections.audit, audit.backend);
  yield* unusedBy('metrics', 'backend', sections.metrics, metrics.backend);
  if (metrics.backend === 'prometheus' && metrics.port === false) {
    yield* unused('metrics', sections.metrics, ['host', 'path'], 'metrics.port is false');
  }
  yield* unusedBy('tracing', 'exporter', sections.tracing, tracing.exporter);
  if (sections.tracing?.url !== undefined) {
    yield* unused('tracing', sections.tracing, ['endpoint'], 'tracing.url is used as it is');
  }
  if (typeof tracing.sampler !== 'string' || !tracing.sampler.endsWith('traceidratio')) {
    yield* unused('tracing', sections.tracing, ['sampleRate'], 'tracing.sampler is not one by ratio');
  }
  if (logging.logger !== undefined) {
    yield* unused('logging', sections.logging, ['level', 'format', 'path', 'rotation'], 'logging.logger has its own');
  } else if (logging.path === undefined) {
    yield* unused('logging', sections.logging, ['rotation'], 'logging.path names no file');
  }
  if (unknownEnvironment !== undefined) {
    const { name, known } = unknownEnvironment;
    const message = `The environment is ${JSON.stringify(name)}, but environments has ${known.map((each) => JSON.stringify(each)).join(', ')} alone. Correct the name, or add an empty section where nothing is to be changed.`;
    // Most services have sections for some of their environments only.
    yield { code, where: `environments.${name}`, message, isOnPurpose: true };
  }
}

/** By the backend or the exporters in force. */
function* unusedBy(
  section: keyof typeof used,
  chooser: string,
  given: object | undefined,
  chosen: unknown,
): Generator<Problem> {
  const table: Readonly<Record<string, readonly string[]>> = used[section];
  const names = (Array.isArray(chosen) ? (chosen as unknown[]) : [chosen]).map(kindOf);
  const several = Array.isArray(chosen) && names.includes('zipkin') ? ['several'] : [];
  const looked = [...used[section].always, ...[...names, ...several].flatMap((name) => table[name] ?? [])];
  const left = Object.keys(given ?? {}).filter((name) => !looked.includes(name));
  const choice = names.map((name) => (name === 'own' || name === 'tracer' ? 'one of your own' : name)).join(' and ');
  yield* unused(section, given, left, `${section}.${chooser} is ${choice}`);
}

function kindOf(chosen: unknown): string {
  if (typeof chosen === 'string') return chosen;
  return typeof chosen === 'object' && chosen !== null && 'startSpan' in chosen ? 'tracer' : 'own';
}

function* unused(
  section: string,
  given: object | undefined,
  names: readonly string[],
  why: string,
): Generator<Problem> {
  const values = new Map<string, unknown>(Object.entries(given ?? {}));
  for (const name of names) {
    const value = values.get(name);
    // What is switched off, and would not be there anyway, is nothing to miss.
    if (value === undefined || value === false) continue;
    const where = `${section}.${name}`;
    yield { code, where, message: `${where} has no effect, since ${why}. Remove it, or change the other.` };
  }
}
