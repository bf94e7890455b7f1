import { messageOf, whenRejected } from '../diagnostics';
import type { MetricSnapshot, MetricSource } from './metrics-backend';

/** How long a source may take to tell of its metrics, in milliseconds. */
const defaultTimeoutMs = 1000;

/** Told why a source was left out. */
export type OnSourceFailure = (reason: 'source_failed' | 'source_late', why: string) => void;

/** A source that has been asked and has not answered. */
interface Asked {
  readonly answer: Promise<readonly MetricSnapshot[]>;
  /** Whether somebody has waited for it in vain; nobody else does. */
  isLate: boolean;
}

/** Metrics that are kept elsewhere. One that throws, hangs or gives nonsense is left out, and holds nobody up for long. */
export class MetricSources {
  readonly #sources = new Map<symbol, MetricSource>();
  /** Those that have not answered yet: they are not asked anew, for that would only pile up what is waiting. */
  readonly #asked = new WeakMap<MetricSource, Asked>();
  readonly #onFailure: OnSourceFailure;
  readonly #timeoutMs: number;

  constructor(onFailure: OnSourceFailure, timeoutMs = defaultTimeoutMs) {
    this.#onFailure = onFailure;
    this.#timeoutMs = timeoutMs;
  }

  add(source: MetricSource): () => void {
    const key = Symbol('source');
    this.#sources.set(key, source);
    return () => void this.#sources.delete(key);
  }

  /**
   * Never rejects.
   *
   * @param more sources that are asked this time, too
   */
  async collect(more: readonly MetricSource[]): Promise<readonly MetricSnapshot[]> {
    const sources = new Set([...this.#sources.values(), ...more]);
    if (sources.size === 0) return [];
    const collected = await Promise.all([...sources].map((source) => this.#ask(source)));
    return collected.flat();
  }

  /** What the sources give at once, for a process that cannot wait any more; the others are left out. */
  collectNow(more: readonly MetricSource[]): readonly MetricSnapshot[] {
    return [...new Set([...this.#sources.values(), ...more])].flatMap((source) => {
      try {
        const told: unknown = source.collect();
        if (Array.isArray(told)) return told as readonly MetricSnapshot[];
        whenRejected(told, () => undefined);
      } catch {
        // It is left out, and nobody is there any more to be told.
      }
      return [];
    });
  }

  async #ask(source: MetricSource): Promise<readonly MetricSnapshot[]> {
    let timer: NodeJS.Timeout | undefined;
    try {
      const asked = this.#asked.get(source) ?? this.#begin(source);
      if (Array.isArray(asked)) return asked;
      if (asked.isLate) return this.#fail('source_late', 'it has not answered the last time yet');
      const late = new Promise<undefined>((resolve) => {
        // It holds the process: without anything else to do, that would end before whoever waits here goes on.
        timer = setTimeout(resolve, this.#timeoutMs, undefined);
      });
      const answered = await Promise.race([asked.answer, late]);
      if (answered !== undefined) return answered;
      asked.isLate = true;
      return this.#fail('source_late', `it took more than ${this.#timeoutMs} ms`);
    } catch (error) {
      return this.#fail('source_failed', messageOf(error));
    } finally {
      clearTimeout(timer);
    }
  }

  /** What a source gives at once, or what all who ask until it answers are to wait for. */
  #begin(source: MetricSource): MetricSnapshot[] | Asked {
    const told: unknown = source.collect();
    if (Array.isArray(told)) return told as MetricSnapshot[];
    const answer = Promise.resolve(told).then(checked);
    const asked: Asked = { answer, isLate: false };
    this.#asked.set(source, asked);
    whenRejected(
      answer.finally(() => this.#asked.delete(source)),
      () => undefined,
    );
    return asked;
  }

  #fail(reason: 'source_failed' | 'source_late', why: string): readonly [] {
    this.#onFailure(reason, why);
    return [];
  }
}

function checked(told: unknown): readonly MetricSnapshot[] {
  if (!Array.isArray(told)) throw new TypeError('it gave no list of metrics');
  return told as readonly MetricSnapshot[];
}
