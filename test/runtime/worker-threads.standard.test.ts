import { compileProgram, runProgram } from './run-program';

interface Recorded {
  readonly item: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly correlationId: string;
  readonly requestId: string;
}

test('a worker thread that is handed the context makes one trace with its caller, and keeps the correlation id', async () => {
  const program = compileProgram('worker-threads');
  try {
    const { code, lines, errors } = await runProgram(program);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    const [worker, main] = lines.map((line) => JSON.parse(line) as Recorded[]);
    const [placed] = main ?? [];
    expect(placed?.parentSpanId).toBeUndefined();
    const { traceId, spanId } = placed ?? {};
    const ids = { traceId, parentSpanId: spanId, correlationId: 'c-1', requestId: 'r-1' };
    expect(worker).toMatchObject([
      { item: 'by workerData', ...ids },
      { item: 'by message', ...ids },
    ]);
    expect(new Set([spanId, ...(worker ?? []).map((event) => event.spanId)]).size).toBe(3);
  } finally {
    program.remove();
  }
});
