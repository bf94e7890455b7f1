import { cannotRun, type Bar } from '../faults/bar';
export async function* collectorFaults(_folder: string): AsyncGenerator<Bar> {
  yield cannotRun('stub', 'not written');
}
