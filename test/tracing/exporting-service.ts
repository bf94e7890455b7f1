import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { ExportHealth, TrefoilOptions, TrefoilStatus } from '../../src/index';
import { compileProgram, type Program } from '../runtime/run-program';

/**
 * The program `exporting`, run by a plain Node.js: the exporters import their transport while they run, which a test
 * runner's sandbox forbids.
 */
export class ExportingService {
  static #program: Program | undefined;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  #errors = '';

  constructor(options: TrefoilOptions, env: Readonly<Record<string, string>> = {}) {
    ExportingService.#program ??= compileProgram('exporting', { programs: join(__dirname, 'programs') });
    const { file } = ExportingService.#program;
    const given: TrefoilOptions = {
      service: { name: 'orders', version: '1.2.3' },
      metrics: { backend: 'memory' },
      logging: { level: 'silent' },
      ...options,
    };
    const variables = { PATH: process.env['PATH'], ...env };
    this.#child = spawn(process.execPath, [file, JSON.stringify(given)], { env: variables });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
    this.#reader = createInterface({ input: this.#child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** Removes what it was compiled to. */
  static forget(): void {
    ExportingService.#program?.remove();
    ExportingService.#program = undefined;
  }

  /** What it wrote to its standard error. */
  get errors(): string {
    return this.#errors;
  }

  async tell(command: string): Promise<unknown> {
    this.#child.stdin.write(`${command}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`the service has ended: ${this.#errors}`);
    return JSON.parse(value) as unknown;
  }

  async call(count: number): Promise<TrefoilStatus> {
    return (await this.tell(`call ${count}`)) as TrefoilStatus;
  }

  async status(): Promise<TrefoilStatus> {
    return (await this.tell('status')) as TrefoilStatus;
  }

  /** How the exporter of its spans is doing. */
  async health(): Promise<ExportHealth> {
    const [health] = (await this.status()).tracing.exports ?? [];
    if (health === undefined) throw new Error('nothing is exported');
    return health;
  }

  /** Lets go of it; gives its exit code. */
  async end(): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => this.#child.once('close', resolve));
    this.#child.stdin.end();
    return ended;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
