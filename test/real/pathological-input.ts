import { cannotRun, type Bar } from '../faults/bar';
export async function* pathologicalInput(_folder: string): AsyncGenerator<Bar> {
  yield cannotRun('stub', 'not written');
}
