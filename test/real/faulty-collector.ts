import { OtlpReceiver } from '../fixtures/otlp-receiver';
import { freePort } from './server-process';

/** How a collector may be. */
export const faults = ['well', 'down', 'slow', 'failing'] as const;

/** One of them. */
export type Fault = (typeof faults)[number];

/** How long a slow one takes for each request. */
const slowMs = 10_000;

/** A collector that is not well, until it recovers. */
export class FaultyCollector {
  readonly #port: number;
  #receiver: OtlpReceiver | undefined;
  /** Ends the waiting of a slow one. */
  #hurry: () => void = () => undefined;

  private constructor(port: number) {
    this.#port = port;
  }

  static async start(fault: Fault): Promise<FaultyCollector> {
    const collector = new FaultyCollector(await freePort());
    if (fault !== 'down') collector.#receiver = await OtlpReceiver.start({ httpPort: collector.#port });
    collector.#behave(fault);
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get spans(): OtlpReceiver['spans'] {
    return this.#receiver?.spans ?? [];
  }

  async recover(): Promise<void> {
    this.#receiver ??= await OtlpReceiver.start({ httpPort: this.#port });
    this.#receiver.answer = () => ({});
    this.#hurry();
  }

  async close(): Promise<void> {
    await this.#receiver?.close();
  }

  #behave(fault: Fault): void {
    const receiver = this.#receiver;
    if (receiver === undefined || fault === 'well') return;
    if (fault === 'failing') {
      receiver.answer = () => ({ statusCode: 500 });
      return;
    }
    const recovered = new Promise<void>((resolve) => (this.#hurry = resolve));
    receiver.answer = async () => {
      const timeout = AbortSignal.timeout(slowMs);
      await Promise.race([recovered, new Promise((resolve) => timeout.addEventListener('abort', resolve))]);
      return {};
    };
  }
}
