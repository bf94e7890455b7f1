import 'reflect-metadata';
import { Audited, Observed } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

interface Account {
  readonly id: string;
  balance: number;
  readonly password: string;
}

class Accounts {
  readonly rows = new Map<string, Account>([['a', { id: 'a', balance: 1, password: 'old' }]]);

  @Audited({
    changes: {
      before(this: Accounts, id: string) {
        return this.rows.get(id);
      },
      after: (account: Account, id: string) => ({ ...account, id }),
    },
  })
  async update(id: string, balance: number): Promise<Account> {
    const account = this.rows.get(id);
    if (account === undefined) throw new Error('no such account');
    account.balance = balance;
    return account;
  }

  @Observed({ onResult: ([before, after]: readonly Account[]) => ({ changes: { before, after } }) })
  patch(id: string, balance: number): readonly Account[] {
    const before = this.rows.get(id) as Account;
    return [before, { ...before, balance }];
  }

  @Audited({ changes: { before: () => Promise.resolve('later'), after: () => null } })
  delete(_id: string): string {
    return 'deleted';
  }

  @Audited({
    changes: {
      before: () => {
        throw new Error('no');
      },
    },
  })
  create(): string {
    return 'created';
  }

  @Audited()
  get(id: string): Account | undefined {
    return this.rows.get(id);
  }
}

let runtime: MemoryRuntime;

beforeEach(() => {
  runtime = startMemoryRuntime();
});

afterEach(() => runtime.trefoil.shutdown());

const recorded = (): unknown => runtime.events().map(({ changes }) => changes);

test('what was there is read before the body changes it, with the store as `this`, and without secrets', async () => {
  await new Accounts().update('a', 2);
  expect(recorded()).toEqual([
    { before: { id: 'a', balance: 1, password: '[REDACTED]' }, after: { id: 'a', balance: 2, password: '[REDACTED]' } },
  ]);
  expect(runtime.events()[0]?.toJSON()['changes']).toEqual((recorded() as unknown[])[0]);
});

test('a call that failed tells what was there, and nothing that came after', async () => {
  const accounts = new Accounts();
  accounts.update = accounts.update.bind(accounts);
  await expect(accounts.update('b', 2)).rejects.toThrow('no such account');
  const failing = new Accounts();
  failing.rows.set('a', Object.freeze({ id: 'a', balance: 1, password: 'old' }));
  await expect(failing.update('a', 2)).rejects.toThrow(TypeError);
  expect(recorded()).toEqual([undefined, { before: { id: 'a', balance: 1, password: '[REDACTED]' } }]);
});

test('a method that has read the item itself tells in its result', () => {
  new Accounts().patch('a', 5);
  expect(recorded()).toEqual([
    { before: { id: 'a', balance: 1, password: '[REDACTED]' }, after: { id: 'a', balance: 5, password: '[REDACTED]' } },
  ]);
});

test('a selector that throws, or would have to be waited for, is reported and left out', () => {
  const accounts = new Accounts();
  expect([accounts.delete('a'), accounts.create()]).toEqual(['deleted', 'created']);
  expect(recorded()).toEqual([{ after: null }, undefined]);
  expect(runtime.trefoil.status().reports).toEqual({ TREFOIL_SELECTOR_FAILED: 2 });
});

test('an event of a call that tells no changes has none', () => {
  new Accounts().get('a');
  expect(runtime.events()[0]?.toJSON()).not.toHaveProperty('changes');
});
