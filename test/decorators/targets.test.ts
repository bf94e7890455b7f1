import { Audited, Counted, Observed, Store, Timed, Traced, Unobserved } from '../../src/index';

type Loose = (...args: unknown[]) => never;

/** The types refuse these; here they are tried as JavaScript would. */
const loose = (decorator: unknown): Loose => decorator as Loose;

describe('a decorator where it cannot stand', () => {
  const decorators = { Audited: Audited({ event: 'read' }), Traced: Traced(), Timed: Timed(), Counted: Counted() };

  test.each(Object.entries(decorators))('@%s on a field names the class member and what to do', (name, decorator) => {
    const declare = (): unknown => {
      class Fields {
        @loose(decorator)
        find = (): string => 'found';
      }
      return Fields;
    };
    expect(declare).toThrow(/TREFOIL_DECORATOR_TARGET.*find.*expected a method, got a field/);
    expect(declare).toThrow(new RegExp(`@${name}`));
  });

  test.each(Object.entries(decorators))('@%s on a getter is refused', (_name, decorator) => {
    expect(() => {
      class Getters {
        @loose(decorator)
        get size(): number {
          return 1;
        }
      }
      return Getters;
    }).toThrow(/TREFOIL_DECORATOR_TARGET.*size.*expected a method, got a getter/);
  });

  test('a method decorator on a class, and @Store on a method', () => {
    expect(() => {
      @loose(Counted())
      class Whole {}
      return Whole;
    }).toThrow(/TREFOIL_DECORATOR_TARGET.*expected a method, got a class/);
    expect(() => {
      class Part {
        @loose(Store({ type: 's3' }))
        get(): void {}
      }
      return Part;
    }).toThrow(/TREFOIL_DECORATOR_TARGET.*get.*expected a class/);
    expect(() => {
      @loose(Unobserved())
      class Whole {}
      return Whole;
    }).toThrow(/TREFOIL_DECORATOR_TARGET/);
  });

  test('an event type that cannot be inferred', () => {
    for (const decorator of [Audited(), Observed()]) {
      expect(() => {
        class Vague {
          @decorator
          process(): void {}
        }
        return Vague;
      }).toThrow(/TREFOIL_EVENT_TYPE_REQUIRED.*process.*event: 'update'/);
    }
  });

  test('@Store twice', () => {
    expect(() => {
      @Store({ type: 'a' })
      @Store({ type: 'b' })
      class Twice {}
      return Twice;
    }).toThrow(/TREFOIL_DECORATOR_CONFLICT.*Twice.*one @Store/);
  });
});

describe('options that a decorator cannot use', () => {
  test.each<[string, () => unknown, RegExp]>([
    [
      'unknown',
      () => decorated(Audited({ evnt: 'read' } as never)),
      /@Audited at \w+( class)?\.get evnt.*expected no option of that name.*"evnt"/,
    ],
    [
      'wrong type',
      () => decorated(Traced({ item: 'id' } as never)),
      /@Traced at .*\.get item.*a function of the arguments, got "id"/,
    ],
    ['unknown event', () => decorated(Audited({ event: 'reed' as never })), /\.get event.*"read" or.*got "reed"/],
    ['labels without a name', () => labelled({}), /expected labels together with a `name`, got labels alone/],
    ['a bad metric name', () => labelled({ name: 'my metric' }), /TREFOIL_METRIC_INVALID.*"my metric"/],
    ['falling buckets', () => decorated(Timed({ name: 'x_seconds', buckets: [2, 1] })), /\.get buckets.*ascending/],
  ])('%s: what, where, expected and given', (_name, declare, message) => {
    expect(declare).toThrow(message);
  });

  function decorated(decorator: unknown): unknown {
    class OrderStore {
      @(decorator as ReturnType<typeof Counted>)
      get(_id: string): void {}
    }
    return OrderStore;
  }

  function labelled(options: object): unknown {
    class Labelled {
      @Counted({ ...options, labels: { region: 'eu' } })
      get(): void {}
    }
    return Labelled;
  }
});
