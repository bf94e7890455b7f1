import 'reflect-metadata';
import { Observed, Store } from '../../src/index';
import { shutDownAll, start } from './runtimes';

// A file of its own, since the operations of others would be problems here.
@Store()
class Sound {
  @Observed({ item: (id: string) => id })
  get(id: string): string {
    return id;
  }
}

afterEach(shutDownAll);

test('verify() passes where nothing is wrong', () => {
  const trefoil = start();
  new Sound().get('1');
  expect(trefoil.describe().problems).toEqual([]);
  expect(() => trefoil.verify()).not.toThrow();
});

test('verify() says how to go on where one thing is wrong', () => {
  const trefoil = start({ tracing: { exporter: 'none' } });
  expect(() => trefoil.verify()).toThrow(
    /TREFOIL_VERIFY_FAILED: .*\n- TREFOIL_BACKEND_MISSING: Sound\.get asks for @Traced.*\. Solve the problem above/s,
  );
});
