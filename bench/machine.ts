import { cpus, totalmem } from 'node:os';

/** What the figures were taken on. */
export interface Machine {
  readonly node: string;
  readonly v8: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cpus: number;
  readonly memoryGiB: number;
}

export function thisMachine(): Machine {
  return {
    node: process.version,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cpus: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
}

export function renderMachine({ node, v8, platform, cpu, cpus: count, memoryGiB }: Machine): string {
  return `Node ${node} (V8 ${v8}), ${platform}, ${cpu} x ${count}, ${memoryGiB} GiB`;
}
