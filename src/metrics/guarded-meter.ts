import {
  createNoopMeter,
  type Attributes,
  type BatchObservableCallback,
  type BatchObservableResult,
  type Context,
  type Counter,
  type Gauge,
  type Histogram,
  type Meter,
  type MetricOptions,
  type Observable,
  type ObservableCallback,
  type ObservableCounter,
  type ObservableGauge,
  type ObservableResult,
  type ObservableUpDownCounter,
  type UpDownCounter,
} from '@opentelemetry/api';
import { describeValue } from '../errors';
import { checkedBatch, checkedResult, GuardedCallbacks, type ReportMeterProblem } from './guarded-callbacks';

/** OpenTelemetry, Metrics API: instrument name syntax. */
const instrumentName = /^[A-Za-z][A-Za-z0-9_./-]{0,254}$/;

/** What a {@link GuardedMeter} asks of whoever keeps its instruments. */
export interface MeterKeeper {
  /** Whether records are kept now. */
  readonly isOn: () => boolean;
  /** The attributes to record under: past the limit of an instrument, those that stand for all others. */
  readonly admitted: (name: string, attributes: Attributes | undefined) => Attributes | undefined;
  readonly report: ReportMeterProblem;
}

/** A meter whose instruments never throw, take finite numbers alone, and record nothing when that is not wanted. */
export class GuardedMeter implements Meter {
  readonly #inner: Meter;
  readonly #keeper: MeterKeeper;
  readonly #observables = new WeakMap<object, Observable>();
  readonly #batches: GuardedCallbacks<BatchObservableResult>;

  constructor(inner: Meter, keeper: MeterKeeper) {
    this.#inner = inner;
    this.#keeper = keeper;
    const usable = this.#usable('a batch of observables', false);
    this.#batches = new GuardedCallbacks('a batch of observables', keeper.report, (result) =>
      checkedBatch(result, (observable) => this.#observables.get(observable), usable),
    );
  }

  createGauge<Kind extends Attributes = Attributes>(name: string, options?: MetricOptions): Gauge<Kind> {
    const gauge = this.#make(name, (meter) => meter.createGauge(name, options));
    return { record: this.#recorder(name, false, (value, given, within) => gauge.record(value, given, within)) };
  }

  createHistogram<Kind extends Attributes = Attributes>(name: string, options?: MetricOptions): Histogram<Kind> {
    const histogram = this.#make(name, (meter) => meter.createHistogram(name, options));
    return { record: this.#recorder(name, true, (value, given, within) => histogram.record(value, given, within)) };
  }

  createCounter<Kind extends Attributes = Attributes>(name: string, options?: MetricOptions): Counter<Kind> {
    const counter = this.#make(name, (meter) => meter.createCounter(name, options));
    return { add: this.#recorder(name, true, (value, given, within) => counter.add(value, given, within)) };
  }

  createUpDownCounter<Kind extends Attributes = Attributes>(
    name: string,
    options?: MetricOptions,
  ): UpDownCounter<Kind> {
    const counter = this.#make(name, (meter) => meter.createUpDownCounter(name, options));
    return { add: this.#recorder(name, false, (value, given, within) => counter.add(value, given, within)) };
  }

  createObservableGauge<Kind extends Attributes = Attributes>(
    name: string,
    options?: MetricOptions,
  ): ObservableGauge<Kind> {
    return this.#observable(
      name,
      false,
      this.#make(name, (meter) => meter.createObservableGauge(name, options)),
    );
  }

  createObservableCounter<Kind extends Attributes = Attributes>(
    name: string,
    options?: MetricOptions,
  ): ObservableCounter<Kind> {
    return this.#observable(
      name,
      true,
      this.#make(name, (meter) => meter.createObservableCounter(name, options)),
    );
  }

  createObservableUpDownCounter<Kind extends Attributes = Attributes>(
    name: string,
    options?: MetricOptions,
  ): ObservableUpDownCounter<Kind> {
    return this.#observable(
      name,
      false,
      this.#make(name, (meter) => meter.createObservableUpDownCounter(name, options)),
    );
  }

  addBatchObservableCallback<Kind extends Attributes = Attributes>(
    callback: BatchObservableCallback<Kind>,
    observables: Observable<Kind>[],
  ): void {
    this.#inner.addBatchObservableCallback(this.#batches.guard(callback), this.#innerOf(observables));
  }

  removeBatchObservableCallback<Kind extends Attributes = Attributes>(
    callback: BatchObservableCallback<Kind>,
    observables: Observable<Kind>[],
  ): void {
    this.#inner.removeBatchObservableCallback(this.#batches.guard(callback), this.#innerOf(observables));
  }

  /** An instrument that cannot be had is told, and one that does nothing takes its place. */
  #make<Instrument>(name: string, make: (meter: Meter) => Instrument): Instrument {
    try {
      if (instrumentName.test(name)) return make(this.#inner);
      const given = describeValue(name);
      const expected = 'a letter, and then letters, digits, _ . / or -, 255 at most';
      throw new Error(`the name of an instrument has to be ${expected}, got ${given}`);
    } catch (error) {
      this.#keeper.report('TREFOIL_METRIC_INVALID', describeValue(name), error);
      return make(createNoopMeter());
    }
  }

  #recorder(
    name: string,
    onlyGrows: boolean,
    record: (value: number, attributes: Attributes | undefined, within: Context | undefined) => void,
  ): (value: number, attributes?: Attributes, within?: Context) => void {
    const { isOn, admitted, report } = this.#keeper;
    const isUsable = this.#usable(name, onlyGrows);
    return (value, attributes, within) => {
      if (!isOn() || !isUsable(value)) return;
      try {
        record(value, admitted(name, attributes), within);
      } catch (error) {
        // Attributes that cannot be read, or written as a key.
        report('TREFOIL_METRIC_IGNORED', name, error);
      }
    };
  }

  #usable(name: string, onlyGrows: boolean): (value: unknown) => boolean {
    return (value) => {
      if (typeof value === 'number' && Number.isFinite(value) && !(onlyGrows && value < 0)) return true;
      const expected = onlyGrows ? 'a finite number that is not negative' : 'a finite number';
      this.#keeper.report(
        'TREFOIL_METRIC_IGNORED',
        name,
        new Error(`expected ${expected}, got ${describeValue(value)}`),
      );
      return false;
    };
  }

  #observable(name: string, onlyGrows: boolean, inner: Observable): Observable {
    const isUsable = this.#usable(name, onlyGrows);
    const callbacks = new GuardedCallbacks<ObservableResult>(name, this.#keeper.report, (result) =>
      checkedResult(result, isUsable),
    );
    const observable: Observable = {
      addCallback: (callback: ObservableCallback) => inner.addCallback(callbacks.guard(callback)),
      removeCallback: (callback: ObservableCallback) => inner.removeCallback(callbacks.guard(callback)),
    };
    this.#observables.set(observable, inner);
    return observable;
  }

  #innerOf(observables: readonly Observable[]): Observable[] {
    return observables.flatMap((observable) => this.#observables.get(observable) ?? []);
  }
}
