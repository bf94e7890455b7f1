import type { TrefoilError } from '../errors';
import type { MetricsEndpoint } from './metrics-endpoint';

/** The sections of the options that stand for a backend. */
export type Section = 'audit' | 'metrics' | 'tracing' | 'logging';

/** Where a backend comes from, and so who closes it. */
export interface PartOrigin {
  /** The options; a registration in the runtime's own container; or one in a container above, which others use too. */
  readonly from: 'options' | 'container' | 'above';
  /** What it was built from, or its registration: the backend stays as long as this does. */
  readonly key: unknown;
}

/** What OpenTelemetry's SDKs and trefoil's backends call the same two things. */
interface Stoppable {
  readonly name?: unknown;
  flush?(): Promise<void>;
  forceFlush?(): Promise<void>;
  close?(): Promise<void>;
  shutdown?(): Promise<void>;
}

/** What a {@link Part} is made of. */
export interface PartInit<Backend extends object> {
  readonly section: Section;
  readonly backend: Backend;
  readonly origin: PartOrigin;
  readonly required: boolean;
  /** Why the backend is a no-op in place of the one that was asked for. */
  readonly buildError?: TrefoilError | undefined;
  readonly endpoint?: MetricsEndpoint | undefined;
}

/** One of the four backends in force, and what the runtime has to know to start, flush and stop it. */
export class Part<Backend extends object = object> {
  readonly section: Section;
  readonly backend: Backend;
  readonly backendName: string;
  readonly origin: PartOrigin;
  /** Whether the runtime refuses to start without it. */
  readonly required: boolean;
  readonly buildError: TrefoilError | undefined;
  readonly endpoint: MetricsEndpoint | undefined;

  constructor({ section, backend, origin, required, buildError, endpoint }: PartInit<Backend>) {
    const { name }: Stoppable = backend;
    this.section = section;
    this.backend = backend;
    this.backendName =
      buildError !== undefined
        ? 'none'
        : typeof name === 'string'
          ? name
          : ((backend.constructor as { name?: string } | undefined)?.name ?? 'custom');
    this.origin = buildError === undefined ? origin : { from: 'options', key: undefined };
    this.required = required;
    this.buildError = buildError;
    this.endpoint = endpoint;
  }

  /** Whether the pillar has nothing behind it, by choice or because it could not start. */
  get isOff(): boolean {
    return !this.isUsers && this.backendName === 'none';
  }

  /** Registered by the user, and so not the runtime's to close while it runs on. */
  get isUsers(): boolean {
    return this.origin.from !== 'options';
  }

  /** Why it was replaced by its no-op, or why its endpoint is missing. */
  get error(): TrefoilError | undefined {
    return this.buildError ?? this.endpoint?.error;
  }

  /** Where it can be reached, once started. */
  get url(): string | undefined {
    return this.endpoint?.url;
  }

  /** Opens what can fail later than at once: a port. */
  async start(): Promise<void> {
    await this.endpoint?.open();
  }

  async flush(): Promise<void> {
    const stoppable: Stoppable = this.backend;
    if (stoppable.flush !== undefined) await stoppable.flush();
    else await stoppable.forceFlush?.();
  }

  /** A backend that stands in a container above serves other runtimes too, and is left open. */
  async close(): Promise<void> {
    await this.endpoint?.close();
    if (this.origin.from === 'above') return;
    const stoppable: Stoppable = this.backend;
    if (stoppable.close !== undefined) await stoppable.close();
    else await stoppable.shutdown?.();
  }
}
