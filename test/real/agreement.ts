import { cannotRun, type Bar } from '../faults/bar';
export async function* agreement(_folder: string): AsyncGenerator<Bar> {
  yield cannotRun('stub', 'not written');
}
