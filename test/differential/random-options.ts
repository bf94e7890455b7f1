import { Audited, Counted, Observed, Store, Timed, Traced } from '../../src/index';
import type { AnyDecorator } from './decorator-protocols';
import { takes, type Decorator, type Option } from './features';
import type { RandomCase } from './random-case';

type Options = Readonly<Record<string, unknown>>;
type Factory = (options?: Options) => AnyDecorator;

const factories = { Audited, Counted, Observed, Timed, Traced } as unknown as Readonly<Record<Decorator, Factory>>;

const raise = (): never => {
  throw null;
};
const reject = (): unknown => Promise.reject(new Error('a selector'));
const hostile = {
  get item(): never {
    throw new Error('item');
  },
  toString: (): never => {
    throw new Error('text');
  },
  toJSON: raise,
};
const junk = (...args: unknown[]): unknown => [Symbol('junk'), () => hostile, hostile, Number.NaN][args.length % 4];
const first = (value: unknown): string => typeof value;

function selectors(select: unknown): Options {
  return { item: select, user: select, attributes: select };
}

/** What an option means to one decorator; `isFirst`, since fields stand only once in a stack. */
function meaning(option: Option, decorator: Decorator, isFirst: boolean): Options {
  if (option.startsWith('when')) {
    return { when: option === 'when not' ? () => false : option === 'when throws' ? raise : reject };
  }
  if (!isFirst) return {};
  const audits = decorator === 'Audited' || decorator === 'Observed';
  switch (option) {
    case 'selectors':
      return {
        item: first,
        user: () => 12,
        attributes: (...args: unknown[]) => ({ args, password: 'secret' }),
        ...(audits ? { metadata: () => ({ nested: { token: 't' } }) } : {}),
      };
    case 'throwing selectors':
      return { ...selectors(raise), ...(audits ? { metadata: raise } : {}) };
    case 'junk selectors':
      return { ...selectors(junk), ...(audits ? { metadata: () => hostile } : {}) };
    case 'promising selectors':
      return { ...selectors(reject), ...(audits ? { metadata: reject } : {}) };
    case 'junk outcome':
      return { outcome: junk };
    case 'throwing outcome':
      return { outcome: raise };
    case 'partial outcome':
      return { outcome: () => 'partial' };
    case 'hostile onResult':
      return { onResult: (_result: unknown, ...args: unknown[]) => (args.length % 2 === 0 ? hostile : raise()) };
    case 'labels':
      return {
        name: `own_${decorator.toLowerCase()}`,
        labels: { fixed: 'text', chosen: { values: ['a', 'b'], select: junk }, thrown: raise, given: first },
      };
    case 'hostile names':
      return { name: raise, operation: 'renamed' };
    case 'same':
      return { returns: 'same' };
    case 'durable':
    case 'strict':
      return { delivery: option, onFailure: 'continue' };
    default:
      return {};
  }
}

/** Trefoil's decorators of one method, as they are written from top to bottom. */
export function methodDecorators(stack: readonly Decorator[], option: Option, hasVerb: boolean): AnyDecorator[] {
  const taking = stack.filter((decorator) => takes([decorator], option));
  return stack.map((decorator) => {
    const given = taking.includes(decorator) ? meaning(option, decorator, decorator === taking[0]) : {};
    const needsEvent = !hasVerb && (decorator === 'Audited' || decorator === 'Observed');
    return factories[decorator](needsEvent ? { event: 'read', ...given } : given);
  });
}

export function classWide(option: Option): AnyDecorator {
  return factories.Observed(meaning(option, 'Observed', true));
}

const storeFactory = Store as unknown as Factory;

export function storeDecorators(store: RandomCase['store']): AnyDecorator[] {
  switch (store) {
    case 'none':
      return [];
    case 'named':
      return [storeFactory({ name: 'orders', type: 's3', id: 'bucket' })];
    case 'throwing id':
      return [storeFactory({ id: raise })];
    case 'hostile outcome':
      return [storeFactory({ outcome: junk, id: () => hostile })];
  }
}
