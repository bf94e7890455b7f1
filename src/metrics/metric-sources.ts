import { whenRejected } from '../diagnostics';
import type { MetricSnapshot, MetricSource } from './metrics-backend';

/** How long a source may take to tell of its metrics, in milliseconds. */
const defaultTimeoutMs = 1000;

/** Told why a source was left out. */
export type OnSourceFailure = (reason: 'source_failed' | 'source_late', error: Error) => void;

/** Metrics that are kept elsewhere. One that throws, hangs or gives nonsense is left out, and holds nobody up for long. */
export class MetricSources {
  readonly #sources = new Set<{ readonly source: MetricSource }>();
  /** Those that have not answered yet: to ask them anew would only pile up what is waiting. */
  readonly #busy = new WeakSet<object>();
  readonly #onFailure: OnSourceFailure;
  readonly #timeoutMs: number;

  constructor(onFailure: OnSourceFailure, timeoutMs = defaultTimeoutMs) {
    this.#onFailure = onFailure;
    this.#timeoutMs = timeoutMs;
  }

  add(source: MetricSource): () => void {
    const added = { source };
    this.#sources.add(added);
    return () => void this.#sources.delete(added);
  }

  /** Never rejects. */
  async collect(): Promise<readonly MetricSnapshot[]> {
    if (this.#sources.size === 0) return [];
    const collected = await Promise.all([...this.#sources].map((added) => this.#ask(added)));
    return collected.flat();
  }

  async #ask(added: { readonly source: MetricSource }): Promise<readonly MetricSnapshot[]> {
    if (this.#busy.has(added)) return this.#fail('source_late', 'it has not answered the last time yet');
    let timer: NodeJS.Timeout | undefined;
    try {
      const told: unknown = added.source.collect();
      if (Array.isArray(told)) return checked(told);
      this.#busy.add(added);
      const free = (): void => void this.#busy.delete(added);
      const answer = Promise.resolve(told).then(checked);
      whenRejected(answer.finally(free), () => undefined);
      const late = new Promise<undefined>((resolve) => {
        timer = setTimeout(resolve, this.#timeoutMs, undefined);
        timer.unref();
      });
      const answered = await Promise.race([answer, late]);
      return answered ?? this.#fail('source_late', `it took more than ${this.#timeoutMs} ms`);
    } catch (error) {
      this.#onFailure('source_failed', error instanceof Error ? error : new Error('it threw what is no error'));
      return [];
    } finally {
      clearTimeout(timer);
    }
  }

  #fail(reason: 'source_failed' | 'source_late', why: string): readonly [] {
    this.#onFailure(reason, new Error(why));
    return [];
  }
}

function checked(told: unknown): readonly MetricSnapshot[] {
  if (!Array.isArray(told)) throw new TypeError('it gave no list of metrics');
  return told as readonly MetricSnapshot[];
}
