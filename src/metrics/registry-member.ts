import { Diagnostics, whenRejected } from '../diagnostics';
import { describeValue, TrefoilError } from '../errors';
import type { ExportHealth } from '../export-health';
import { escapeText } from '../redaction/escape-text';
import type { MetricsBackend } from './metrics-backend';

/** Told of what a member of a registry could not do. */
export type OnMemberError = (member: string, error: unknown) => void;

/** What a member is given to read: `observe` or `addSource`, to be done for those that come later, too. */
export interface Reading {
  readonly begin: (backend: MetricsBackend) => (() => void) | undefined;
}

const neededMethods = ['declare', 'increment', 'gauge', 'histogram', 'get', 'getMetrics', 'flush', 'close'] as const;

/** One backend of a registry, and what it has been given to read. */
export class RegistryMember {
  readonly name: string;
  readonly backend: MetricsBackend;
  readonly #onError: OnMemberError;
  /** End what was given to it to be read. */
  readonly #ends = new Map<Reading, () => void>();

  constructor(name: string, backend: MetricsBackend, onError: OnMemberError) {
    this.name = name;
    this.backend = backend;
    this.#onError = onError;
  }

  begin(reading: Reading): void {
    try {
      const end: unknown = reading.begin(this.backend);
      if (typeof end === 'function') this.#ends.set(reading, end as () => void);
      else whenRejected(end, (error) => this.#onError(this.name, error));
    } catch (error) {
      this.#onError(this.name, error);
    }
  }

  end(reading: Reading): void {
    const end = this.#ends.get(reading);
    this.#ends.delete(reading);
    try {
      end?.();
    } catch (error) {
      this.#onError(this.name, error);
    }
  }

  endAll(): void {
    for (const reading of this.#ends.keys()) this.end(reading);
  }

  /** Its text where it has an `export`, else the JSON of its metrics; none where that fails. */
  async export(): Promise<string | undefined> {
    try {
      const { export: render } = this.backend as { export?: unknown };
      if (typeof render === 'function') return String(await (render.call(this.backend) as unknown));
      return JSON.stringify(this.backend.getMetrics());
    } catch (error) {
      this.#onError(this.name, error);
      return undefined;
    }
  }

  /** How its exporters are doing; nothing where it cannot say, or fails to. */
  exportHealth(): readonly ExportHealth[] {
    try {
      const { exportHealth } = this.backend as { exportHealth?: () => unknown };
      const health = exportHealth?.call(this.backend);
      whenRejected(health, (error) => this.#onError(this.name, error));
      return Array.isArray(health) ? (health as readonly ExportHealth[]) : [];
    } catch (error) {
      this.#onError(this.name, error);
      return [];
    }
  }
}

/** @throws TrefoilError `TREFOIL_METRICS_REGISTRY` where what is to be a member is no backend */
export function checkMember(name: string, backend: unknown): void {
  const given = backend as Readonly<Record<string, unknown>> | null | undefined;
  const missing = neededMethods.filter((method) => typeof given?.[method] !== 'function');
  if (missing.length === 0) return;
  const lacks = `${describeValue(backend)} without ${missing.join(', ')}`;
  throw memberError(name, `a backend with ${neededMethods.join(', ')}`, lacks, 'Implement what is missing.');
}

/** What is wrong with a change of the members. */
export function memberError(name: string, expected: string, given: string, todo: string): TrefoilError {
  return new TrefoilError('TREFOIL_METRICS_REGISTRY', {
    attempted: 'Changing a metrics registry',
    where: `the member ${JSON.stringify(name)}`,
    expected,
    given,
    todo,
  });
}

/** Where nobody else is to be told. */
export function memberErrorsToConsole(): OnMemberError {
  const diagnostics = new Diagnostics(({ where, message }) =>
    console.error(escapeText(`[trefoil] ${where}: ${message}`)),
  );
  return (member, error) => diagnostics.report('TREFOIL_BACKEND_FAILED', `metrics member ${member}`, error);
}

/** What is told may fail itself. */
export function guardedOnError(onError: OnMemberError): OnMemberError {
  return (member, error) => {
    try {
      whenRejected(onError(member, error), () => undefined);
    } catch {
      // Whoever is told has nobody else to tell.
    }
  };
}
