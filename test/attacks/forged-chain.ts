import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { signedText } from '../../src/audit/journal/journal-record';
import type { SigningKey } from '../../src/audit/journal/signing-key';

interface Line {
  readonly h: string;
  readonly b: { readonly seq: number; readonly segment?: number; readonly head?: string };
}

/** A chain with correct hashes, made by somebody who knows the documented format and has no key. */
export class ForgedChain {
  readonly #root: string;
  readonly #writer: string;
  #file = '';
  #seq: number;
  #head: string;
  #lines: string[] = [];

  constructor(root: string, writer: string, publicKey?: string) {
    this.#root = root;
    this.#writer = writer;
    this.#seq = 0;
    this.#head = '0'.repeat(64);
    if (publicKey !== undefined)
      this.add('open', { format: 1, writer, segment: 1, host: 'h', pid: 1, ...(publicKey && { publicKey }) });
  }

  /** Goes on behind the last record of a file. */
  static continue(file: string): ForgedChain {
    const last = readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '';
    const chain = new ForgedChain(dirname(file), '');
    chain.#head = last.slice(29, 93);
    chain.#seq = (JSON.parse(last) as { readonly b: { readonly seq: number } }).b.seq;
    chain.#file = file;
    return chain;
  }

  get seq(): number {
    return this.#seq;
  }

  add(kind: string, fields: object): this {
    this.#seq += 1;
    const body = JSON.stringify({ seq: this.#seq, kind, at: new Date().toISOString(), ...fields });
    const hash = createHash('sha256').update('trefoil/1\0').update(Buffer.from(this.#head, 'hex')).update(body);
    const head = hash.digest('hex');
    this.#lines.push(`{"p":"${this.#head.slice(0, 16)}","h":"${head}","b":${body}}\n`);
    this.#head = head;
    return this;
  }

  events(count: number): this {
    for (let index = 0; index < count; index += 1) {
      const event = {
        ...{ event_id: `forged-${this.#seq}`, timestamp: new Date().toISOString(), event_type: 'delete' },
        ...{ status: 'success', store_type: 'forged' },
      };
      this.add('event', { event });
    }
    return this;
  }

  /** The last record of the chain, signed by whoever has a key. */
  seal(key?: SigningKey): this {
    return this.add('seal', { count: this.#seq, head: this.#head, closed: true, ...this.#signed('seal', key) });
  }

  checkpoint(key: SigningKey): this {
    return this.add('checkpoint', { count: this.#seq, head: this.#head, ...this.#signed('checkpoint', key) });
  }

  #signed(kind: 'seal' | 'checkpoint', key: SigningKey | undefined): object {
    return key?.sign(signedText(kind, this.#writer, this.#seq + 1, this.#head)) ?? {};
  }

  /** What a retain record would say of a file. */
  static droppedBy(file: string, writer: string): object {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const [first, last] = [lines[0] ?? '', lines.at(-1) ?? ''].map((line) => JSON.parse(line) as Line);
    const { seq: lastSeq, head } = last?.b ?? {};
    return { writer, segment: first?.b.segment, firstSeq: first?.b.seq, lastSeq, head, sealHash: last?.h };
  }

  append(): void {
    appendFileSync(this.#file, this.#lines.splice(0).join(''));
  }

  /** Into a directory of its own; gives the file. */
  writeTo(suffix: string): string {
    const directory = join(this.#root, `${this.#writer}${suffix}`);
    mkdirSync(directory, { recursive: true });
    this.#file = join(directory, 'audit-00000001.ndjson');
    this.append();
    return this.#file;
  }
}
