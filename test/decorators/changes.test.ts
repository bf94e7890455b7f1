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

const unchanged = '[REDACTED, unchanged]';
const changed = '[REDACTED, changed]';

let runtime: MemoryRuntime;

beforeEach(() => {
  runtime = startMemoryRuntime();
});

afterEach(() => runtime.trefoil.shutdown());

const recorded = (): unknown => runtime.events().map(({ changes }) => changes);

test('what was there is read before the body changes it, with the store as `this`, and without secrets', async () => {
  await new Accounts().update('a', 2);
  expect(recorded()).toEqual([
    { before: { id: 'a', balance: 1, password: unchanged }, after: { id: 'a', balance: 2, password: unchanged } },
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
    { before: { id: 'a', balance: 1, password: unchanged }, after: { id: 'a', balance: 5, password: unchanged } },
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

class Users {
  readonly row: Record<string, unknown> = { name: 'Ann', login: { password: 'old', pin: 1234 }, tags: ['a'] };

  @Audited({
    delivery: 'bestEffort',
    changes: {
      before(this: Users) {
        return this.row;
      },
      after: (row: Record<string, unknown>) => row,
      diff: true,
    },
  })
  update(change: Record<string, unknown>): Record<string, unknown> {
    return Object.assign(this.row, change);
  }
}

test('a secret says whether it changed, also one that the body changes in place', () => {
  const users = new Users();
  users.update({ login: { password: 'new', pin: 1234 } });
  expect(recorded()).toEqual([{ before: { login: { password: changed } }, after: { login: { password: changed } } }]);
});

test('with `diff`, only the fields that differ are recorded, and nothing of two that are the same', () => {
  const users = new Users();
  users.update({ name: 'Eve' });
  users.update({ tags: ['a', 'b'] });
  users.update({});
  expect(recorded()).toEqual([
    { before: { name: 'Ann' }, after: { name: 'Eve' } },
    { before: { tags: ['a'] }, after: { tags: ['a', 'b'] } },
    { before: {}, after: {} },
  ]);
});

test('a strict intent knows one side alone', async () => {
  class Strict extends Users {
    @Audited({ delivery: 'strict', changes: { before: () => ({ pin: 1234 }), after: () => ({ pin: 5678 }) } })
    async put(): Promise<void> {}
  }
  await new Strict().put();
  expect(recorded()).toEqual([
    { before: { pin: '[REDACTED]' } },
    { before: { pin: changed }, after: { pin: changed } },
  ]);
});
