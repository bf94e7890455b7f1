import { Part, type Outlet } from '../../src/runtime/part';

/** A part whose steps are told in their order; those that are named fail. */
function partWith(...failing: string[]): { part: Part; steps: string[] } {
  const steps: string[] = [];
  const step = (name: string) => async (): Promise<void> => {
    steps.push(name);
    if (failing.includes(name)) throw new Error(`${name} failed`);
  };
  const outlet = (name: string): Outlet => ({
    open: step(`open ${name}`),
    flush: step(`flush ${name}`),
    close: step(`close ${name}`),
  });
  const part = new Part({
    section: 'metrics',
    backend: { name: 'own', flush: step('flush backend'), close: step('close backend') },
    origin: { from: 'factory', key: undefined },
    required: false,
    outlets: [outlet('endpoint'), outlet('push')],
    underlying: [{ close: step('close underlying') }],
  });
  return { part, steps };
}

describe('a part', () => {
  test('flushes its outlets after its backend', async () => {
    const { part, steps } = partWith();
    await part.flush();
    expect(steps).toEqual(['flush backend', 'flush endpoint', 'flush push']);
  });

  test.each(['flush backend', 'flush endpoint'])('flushes all that it has where this fails: %s', async (failing) => {
    const { part, steps } = partWith(failing);
    await expect(part.flush()).rejects.toThrow(`${failing} failed`);
    expect(steps).toEqual(['flush backend', 'flush endpoint', 'flush push']);
  });

  test('closes all that it has, and tells all failures, where several fail', async () => {
    const { part, steps } = partWith('close push', 'close endpoint', 'close backend', 'close underlying');
    await expect(part.close()).rejects.toThrow(
      'close push failed; close endpoint failed; close backend failed; close underlying failed',
    );
    expect(steps).toEqual(['close push', 'close endpoint', 'close backend', 'close underlying']);
  });

  test('tells all failures where several fail to flush', async () => {
    const { part } = partWith('flush backend', 'flush endpoint', 'flush push');
    await expect(part.flush()).rejects.toThrow('flush backend failed; flush endpoint failed; flush push failed');
  });

  test('closes its outlets, the last first, its backend, and what that works with', async () => {
    const { part, steps } = partWith();
    await part.close();
    expect(steps).toEqual(['close push', 'close endpoint', 'close backend', 'close underlying']);
  });

  test.each([
    ['close push', ['close push', 'close endpoint', 'close backend', 'close underlying']],
    ['close endpoint', ['close push', 'close endpoint', 'close backend', 'close underlying']],
    ['close backend', ['close push', 'close endpoint', 'close backend', 'close underlying']],
  ])('leaves no backend open where this fails: %s', async (failing, all) => {
    const { part, steps } = partWith(failing);
    await expect(part.close()).rejects.toThrow(`${failing} failed`);
    expect(steps).toEqual(all);
  });
});
