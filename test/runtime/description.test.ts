import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { container } from 'tsyringe';
import {
  AUDIT_BACKEND,
  Audited,
  Counted,
  type DescribedMethod,
  type Description,
  Observed,
  type Problem,
  Store,
  Timed,
  Traced,
  type Trefoil,
  type TrefoilError,
  Unobserved,
} from '../../src/index';
import { RecordingAudit } from './recording-audit';
import { quiet, shutDownAll, start } from './runtimes';

// Operations are known to the whole process: every class of this file shows in every description.

@Store({ name: 'documents', type: 's3' })
class Documents {
  @Audited({ event: 'update', delivery: 'strict' })
  @Traced()
  @Timed({ name: 'document_seconds', labels: { size: (bytes: number) => (bytes > 1_000 ? 'large' : 'small') } })
  @Counted({ name: 'documents_total', labels: { kind: 'pdf' }, operation: 'store' })
  put(bytes: number): number {
    return bytes;
  }

  @Counted()
  touch(): void {}
}

@Observed()
@Store()
class Wide {
  get(id: string): string {
    return id;
  }

  @Traced()
  find(id: string): string {
    return id;
  }

  @Unobserved()
  getRow(id: string): string {
    return id;
  }

  frobnicate(): void {}
}

/** Of no interest in itself: wraps a method as other people's decorators do, in either dialect. */
function foreign(...args: readonly unknown[]): unknown {
  const wrap = (method: (...args: unknown[]) => unknown) =>
    function wrapped(this: unknown, ...given: unknown[]): unknown {
      return method.apply(this, given);
    };
  const [target, , descriptor] = args as [(...args: unknown[]) => unknown, unknown, PropertyDescriptor | undefined];
  if (descriptor === undefined) return wrap(target);
  return { ...descriptor, value: wrap(descriptor.value as (...args: unknown[]) => unknown) };
}

const anyone = foreign as (...args: readonly unknown[]) => never;

@Store()
class Mixed {
  @Traced()
  @anyone
  @Audited()
  get(id: string): string {
    return id;
  }
}

@Store()
class Pages {
  @Audited({ delivery: 'strict' })
  *list(): Generator<number> {
    yield 1;
  }

  @Audited()
  async *find(): AsyncGenerator<number> {
    yield 1;
  }

  @Audited()
  get(): number {
    return 1;
  }
}

@Store()
class Conflicting {
  @Counted({ name: 'documents_total', labels: { colour: 'red' } })
  get(): void {}

  @Timed({ name: 'store_operations_total' })
  list(): void {}

  @Timed({ name: 'document_seconds', labels: { size: 'small' }, buckets: [1, 2] })
  find(): void {}

  @Counted({ name: 'documents_total', labels: { kind: 'html' } })
  read(): void {}
}

/** What decorates them is told of them even if nobody ever makes one. */
export const described = [Documents, Wide, Mixed, Pages, Conflicting];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trefoil-description-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(shutDownAll);

function methodOf({ methods }: Description, className: string, method: string): unknown {
  return methods.find((described) => described.className === className && described.method === method);
}

function problemsAt(trefoil: Trefoil, code: string, where?: string): readonly Problem[] {
  const { problems } = trefoil.describe();
  return problems.filter((problem) => problem.code === code && (where === undefined || problem.where === where));
}

describe('describe()', () => {
  test('lists each method with its pillars, labels, event type and backends', () => {
    const description = start({ tracing: { exporter: 'none' } }).describe();
    expect(description).toMatchObject({ service: 'quiet', environment: 'test' });
    expect(methodOf(description, 'Documents', 'put')).toEqual({
      className: 'Documents',
      method: 'put',
      store: 'documents',
      storeType: 's3',
      operation: 'store',
      eventType: 'update',
      pillars: ['audited', 'traced', 'timed', 'counted'],
      metrics: [
        { name: 'documents_total', labels: ['kind'] },
        { name: 'document_seconds', labels: ['size'] },
      ],
      backends: { audited: 'memory', traced: 'none', timed: 'memory', counted: 'memory' },
      notes: [],
    });
    expect(methodOf(description, 'Documents', 'touch')).toEqual({
      className: 'Documents',
      method: 'touch',
      store: 'documents',
      storeType: 's3',
      operation: 'touch',
      eventType: undefined,
      pillars: ['counted'],
      metrics: [],
      backends: { counted: 'memory' },
      notes: [],
    });
  });

  test('notes where nobody waits for an audit event although it is strict or durable', () => {
    const notesOn = (method: string, options: Parameters<typeof start>[0] = {}): readonly string[] => {
      const description = start(options, container.createChildContainer()).describe();
      return (methodOf(description, 'Pages', method) as DescribedMethod).notes;
    };
    expect(notesOn('list')).toEqual([
      'strict: the intent is recorded before the generator begins; nobody waits for the outcome, which follows by itself when it ends.',
    ]);
    expect(notesOn('find')).toEqual([]);
    expect(notesOn('find', { audit: { delivery: 'durable' } })).toEqual([
      'durable: nobody waits for the audit event, which follows by itself when the generator ends.',
    ]);
    expect(notesOn('get', { audit: { delivery: 'durable' } })).toEqual([]);
    expect(notesOn('list', { audit: { backend: 'none' } })).toEqual([]);
  });

  test('lists what a class-wide @Observed covers, and what it leaves out', () => {
    const description = start().describe();
    expect(methodOf(description, 'Wide', 'get')).toMatchObject({
      eventType: 'read',
      pillars: ['audited', 'traced', 'timed', 'counted'],
    });
    expect(methodOf(description, 'Wide', 'find')).toMatchObject({ pillars: ['traced'] });
    expect(methodOf(description, 'Wide', 'frobnicate')).toBeUndefined();
    expect(description.leftOut).toContainEqual({
      className: 'Wide',
      methods: [
        { method: 'getRow', reason: '@Unobserved()' },
        { method: 'frobnicate', reason: 'its name stands for no event type' },
      ],
    });
  });

  test('names the backends in force, after a reconfigure(), too', async () => {
    container.register(AUDIT_BACKEND, { useClass: RecordingAudit });
    const trefoil = start();
    expect(methodOf(trefoil.describe(), 'Wide', 'get')).toMatchObject({ backends: { audited: 'recording' } });
    await trefoil.reconfigure({ ...quiet, metrics: { backend: 'prometheus', port: false } });
    expect(methodOf(trefoil.describe(), 'Wide', 'get')).toMatchObject({ backends: { counted: 'prometheus' } });
  });
});

describe('problems', () => {
  test('are no methods whose pillar is switched off', () => {
    const trefoil = start({ tracing: { exporter: 'none' }, metrics: { backend: 'none' } });
    expect(problemsAt(trefoil, 'TREFOIL_BACKEND_MISSING')).toEqual([]);
    expect(methodOf(trefoil.describe(), 'Documents', 'put')).toMatchObject({
      backends: { audited: 'memory', traced: 'none', timed: 'none', counted: 'none' },
    });
  });

  test('are said once where nothing says where spans go', () => {
    const [problem, ...others] = problemsAt(start({ tracing: { exporter: undefined } }), 'TREFOIL_BACKEND_MISSING');
    expect(problem).toMatchObject({ where: 'tracing.exporter', isOnPurpose: true });
    expect(problem?.message).toMatch(/^\d+ methods ask for a span, but tracing is off/);
    expect(others).toEqual([]);
  });

  test('are metrics declared twice in different ways, also against the standard ones', () => {
    const trefoil = start();
    const conflictAt = (where: string): string | undefined =>
      problemsAt(trefoil, 'TREFOIL_METRIC_CONFLICT', where)[0]?.message;
    expect(conflictAt('Conflicting.get')).toBe(
      'documents_total is a counter with {kind} at Documents.put, but a counter with {colour} at Conflicting.get. Rename one of the two.',
    );
    expect(conflictAt('Conflicting.list')).toContain(
      'store_operations_total is a counter with {store, operation, status} at the standard metrics, but a histogram',
    );
    expect(conflictAt('Conflicting.find')).toContain('but a histogram with {size} and buckets [1, 2]');
    expect(conflictAt('Conflicting.read')).toBeUndefined();
  });

  test('are foreign decorators inside a stack', () => {
    const problems = problemsAt(start(), 'TREFOIL_FOREIGN_DECORATOR', 'Mixed.get');
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]?.message).toContain("A foreign decorator stands between trefoil's on Mixed.get");
  });

  test('are audit events that are gone with the process, in production or where more is asked for', () => {
    const volatileOf = (options: Parameters<typeof start>[0]): readonly Problem[] =>
      problemsAt(start(options, container.createChildContainer()), 'TREFOIL_AUDIT_VOLATILE', 'audit.backend');
    const production = { service: { environment: 'production' } };
    expect(volatileOf(production)).toHaveLength(1);
    expect(volatileOf({ audit: { backend: 'memory', delivery: 'durable' } })).toHaveLength(1);
    expect(volatileOf({})).toEqual([]);
    expect(volatileOf({ ...production, audit: { backend: 'none' } })).toEqual([]);
    expect(volatileOf({ ...production, audit: { backend: 'file', path: join(folder, 'volatile') } })).toEqual([]);
  });

  test('are deliveries that the audit backend cannot give', () => {
    container.register(AUDIT_BACKEND, { useClass: RecordingAudit });
    expect(problemsAt(start(), 'TREFOIL_AUDIT_DELIVERY', 'Documents.put')).toEqual([
      {
        code: 'TREFOIL_AUDIT_DELIVERY',
        where: 'Documents.put',
        message: expect.stringContaining('expected at most buffered') as string,
      },
    ]);
  });

  test('are parts that could not start, once and not again for every method', async () => {
    const trefoil = start({ audit: { backend: 'file', path: '/dev/null/audit' } });
    expect(problemsAt(trefoil, 'TREFOIL_AUDIT_PATH')).toHaveLength(1);
    expect(problemsAt(trefoil, 'TREFOIL_BACKEND_MISSING')).toEqual([]);
  });
});

describe('verify()', () => {
  test('throws all problems as one report', () => {
    const trefoil = start({ tracing: {} });
    const problems = trefoil.describe().problems.filter(({ isOnPurpose }) => isOnPurpose !== true);
    expect(problems.length).toBeGreaterThan(3);
    let thrown: unknown;
    try {
      trefoil.verify();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ name: 'TrefoilError', code: 'TREFOIL_VERIFY_FAILED' });
    for (const { code, message } of problems) {
      expect((thrown as TrefoilError).message).toContain(`\n- ${code}: ${message}`);
    }
    expect((thrown as TrefoilError).message).toContain(`Solve the ${problems.length} problems above`);
  });
});
