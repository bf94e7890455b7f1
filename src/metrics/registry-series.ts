import { whenRejected } from '../diagnostics';
import type { Exemplar, MetricDefinition, MetricFamily, MetricSeries } from './metrics-backend';

/** What series of a registry have to know of its members. */
export interface Members {
  /** Another number whenever they have changed. */
  readonly version: number;
  /** The series of each member, by its name. */
  seriesOf(definition: MetricDefinition, labelValues: readonly string[]): readonly (readonly [string, MetricSeries])[];
  /** Told of what a member could not record. */
  report(member: string, error: unknown): void;
}

/** A metric of all members, also of those to come. */
export class RegistryFamily implements MetricFamily {
  readonly definition: MetricDefinition;
  readonly #members: Members;

  constructor(members: Members, definition: MetricDefinition) {
    this.#members = members;
    this.definition = definition;
  }

  series(labelValues: readonly string[]): MetricSeries {
    return new RegistrySeries(this.#members, this.definition, labelValues);
  }
}

/** One series in all members; found anew when the members have changed. */
class RegistrySeries implements MetricSeries {
  readonly #members: Members;
  readonly #definition: MetricDefinition;
  readonly #labelValues: readonly string[];
  #version = -1;
  #found: readonly (readonly [string, MetricSeries])[] = [];

  constructor(members: Members, definition: MetricDefinition, labelValues: readonly string[]) {
    this.#members = members;
    this.#definition = definition;
    this.#labelValues = labelValues;
  }

  record(value: number): void {
    this.#each((series) => series.record(value));
  }

  wantsExemplar(value: number, atMs: number): boolean {
    let isWanted = false;
    this.#each((series) => {
      isWanted = series.wantsExemplar?.(value, atMs) === true || isWanted;
    });
    return isWanted;
  }

  keepExemplar(exemplar: Exemplar): void {
    this.#each((series) => series.keepExemplar?.(exemplar));
  }

  #each(write: (series: MetricSeries) => unknown): void {
    const { version } = this.#members;
    if (version !== this.#version) {
      this.#found = this.#members.seriesOf(this.#definition, this.#labelValues);
      this.#version = version;
    }
    for (const [name, series] of this.#found) {
      try {
        const returned = write(series);
        if (returned !== undefined) whenRejected(returned, (error) => this.#members.report(name, error));
      } catch (error) {
        this.#members.report(name, error);
      }
    }
  }
}
