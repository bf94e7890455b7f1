import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { AuditEvent } from '../audit/audit-event';
import type { EventFormat } from './event-output';

/** Prints events to a stream, no faster than it takes them. */
export class EventPrinter {
  readonly #stream: Writable;
  readonly #format: EventFormat;
  #isFirst = true;

  constructor(stream: Writable, format: EventFormat) {
    this.#stream = stream;
    this.#format = format;
  }

  async print(event: AuditEvent): Promise<void> {
    const { begin, between } = this.#format;
    await this.#write((this.#isFirst ? begin : between) + this.#format.render(event));
    this.#isFirst = false;
  }

  async end(): Promise<void> {
    const { begin, end } = this.#format;
    await this.#write((this.#isFirst ? begin : '') + end);
  }

  async #write(text: string): Promise<void> {
    if (text !== '' && !this.#stream.write(text)) await once(this.#stream, 'drain');
  }
}

/** Counts lines and files that cannot be read, and says so in the end. */
export class UnreadableLines {
  #count = 0;

  readonly add = (): void => {
    this.#count += 1;
  };

  report(): void {
    if (this.#count === 0) return;
    process.stderr.write(
      `warning: ${this.#count} lines or files hold no audit records; \`trefoil audit verify\` tells more\n`,
    );
  }
}
