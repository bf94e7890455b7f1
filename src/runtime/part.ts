import { messageOf } from '../diagnostics';
import type { TrefoilError } from '../errors';

/** The sections of the options that stand for a backend. */
export type Section = 'audit' | 'metrics' | 'tracing' | 'logging';

/** Where a backend comes from, and so who closes it. */
export interface PartOrigin {
  /**
   * What trefoil makes itself (`options`), what a function of the user's makes for the runtime (`factory`), what the user
   * hands over in the options or registers in the runtime's own container (`container`), or in one above, which others use
   * too (`above`).
   */
  readonly from: 'options' | 'factory' | 'container' | 'above';
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

/** A way by which records leave the process, opened and closed apart from the backend, whose counts another port must not cost. */
export interface Outlet {
  /** Why it could not be opened. */
  readonly error?: TrefoilError | undefined;
  /** Where it can be reached, once opened. */
  readonly url?: string | undefined;
  open(): Promise<void>;
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** What a {@link Part} is made of. */
export interface PartInit<Backend extends object> {
  readonly section: Section;
  readonly backend: Backend;
  readonly origin: PartOrigin;
  readonly required: boolean;
  /** Why the backend is a no-op in place of the one that was asked for. */
  readonly buildError?: TrefoilError | undefined;
  /** The settings by which the backend was made of something of the user's, which is not closed with it. */
  readonly adoptedBy?: unknown;
  /** What the user handed over and the backend works with: it is closed at the very end. */
  readonly underlying?: readonly object[] | undefined;
  readonly outlets?: readonly Outlet[] | undefined;
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
  readonly adoptedBy: unknown;
  readonly outlets: readonly Outlet[];
  readonly underlying: readonly object[];

  constructor(init: PartInit<Backend>) {
    const { section, backend, origin, required, buildError, adoptedBy, underlying = [], outlets = [] } = init;
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
    this.adoptedBy = adoptedBy;
    this.outlets = outlets;
    this.underlying = underlying;
  }

  /** Whether the pillar has nothing behind it, by choice or because it could not start. */
  get isOff(): boolean {
    return !this.isUsers && this.backendName === 'none';
  }

  /** Of the user's own make. */
  get isUsers(): boolean {
    return this.origin.from !== 'options';
  }

  /** Handed over by the user, and so not the runtime's to close while it runs on. */
  get isHandedOver(): boolean {
    return (this.origin.from === 'container' || this.origin.from === 'above') && this.adoptedBy === undefined;
  }

  /** Why it was replaced by its no-op, or why one of its outlets is missing. */
  get error(): TrefoilError | undefined {
    return this.buildError ?? this.outlets.find(({ error }) => error !== undefined)?.error;
  }

  /** Where it can be reached, once started. */
  get url(): string | undefined {
    return this.outlets.find(({ url }) => url !== undefined)?.url;
  }

  /** Opens what can fail later than at once: a port. One that fails keeps none of the others closed. */
  async start(): Promise<void> {
    const failures: unknown[] = [];
    for (const outlet of this.outlets) await outlet.open().catch((error: unknown) => void failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  /** The outlets come after the backend, also where that fails; rejects with all that failed. */
  async flush(): Promise<void> {
    const failures = await failuresOf([this.#flushBackend()]);
    throwAll([...failures, ...(await failuresOf(this.outlets.map((outlet) => outlet.flush())))]);
  }

  async #flushBackend(): Promise<void> {
    const stoppable: Stoppable = this.backend;
    if (stoppable.flush !== undefined) await stoppable.flush();
    else await stoppable.forceFlush?.();
  }

  /** Closes all that it has, whatever of it fails; rejects with all that failed. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    // What the one shows may come from the one before it.
    for (const outlet of [...this.outlets].reverse()) failures.push(...(await failuresOf([outlet.close()])));
    failures.push(...(await failuresOf([this.closeBackend()])));
    failures.push(...(await this.#closeUnderlying()));
    throwAll(failures);
  }

  /**
   * Leaves the outlets as they are: what comes after it may have them, too. A backend that stands in a container above
   * serves other runtimes, and is left open.
   */
  async closeBackend(): Promise<void> {
    if (this.origin.from === 'above' && this.adoptedBy === undefined) return;
    const stoppable: Stoppable = this.backend;
    if (stoppable.close !== undefined) await stoppable.close();
    else await stoppable.shutdown?.();
  }

  async #closeUnderlying(): Promise<unknown[]> {
    if (this.origin.from === 'above') return [];
    const closing = (this.underlying as readonly Stoppable[]).map(async (each) =>
      (each.shutdown ?? each.close)?.call(each),
    );
    return failuresOf(closing);
  }
}

/** What failed, once all are done. */
async function failuresOf(work: readonly Promise<unknown>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(work);
  return settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
}

/** Nothing where nothing failed, and several failures as one error whose message has theirs. */
function throwAll(failures: readonly unknown[]): void {
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, failures.map(messageOf).join('; '));
}
