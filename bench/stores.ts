import { Audited, Counted, Store, Timed, Traced } from 'trefoil';
import { probe } from './probe';

/** What every method gives: made once, so that no case pays for it. */
export interface Order {
  readonly id: string;
  readonly total: number;
}

const order: Order = Object.freeze({ id: 'o-1', total: 42 });

/** A store with one method of each kind; both do nothing but give an order, which is the least there is to observe. */
export interface OrderStore {
  get(id: string): Promise<Order>;
  read(id: string): Order;
}

export type OrderStoreClass = new () => OrderStore;

/** The work itself, the same in every case. */
export function loadOrder(): Order {
  if (probe.isOn) probe.see();
  return order;
}

/** The same work after a turn of the event loop, so that calls overlap. */
export async function loadOrderLater(): Promise<Order> {
  await new Promise((resolve) => setImmediate(resolve));
  return loadOrder();
}

export class BareStore implements OrderStore {
  async get(_id: string): Promise<Order> {
    return loadOrder();
  }

  read(_id: string): Order {
    return loadOrder();
  }
}

export const itemOf = (id: string): string => id;

// Each function makes a class anew: two cases that shared one would share its call sites as well.

export function bareStore(): OrderStoreClass {
  return class extends BareStore {
    override async get(_id: string): Promise<Order> {
      return loadOrder();
    }

    override read(_id: string): Order {
      return loadOrder();
    }
  };
}

export function auditedStore(): OrderStoreClass {
  @Store({ name: 'OrderStore', type: 'memory' })
  class AuditedStore extends BareStore {
    @Audited({ event: 'read', item: itemOf })
    override async get(_id: string): Promise<Order> {
      return loadOrder();
    }

    @Audited({ event: 'read', item: itemOf })
    override read(_id: string): Order {
      return loadOrder();
    }
  }
  return AuditedStore;
}

export function tracedStore(): OrderStoreClass {
  @Store({ name: 'OrderStore', type: 'memory' })
  class TracedStore extends BareStore {
    @Traced({ item: itemOf })
    override async get(_id: string): Promise<Order> {
      return loadOrder();
    }

    @Traced({ item: itemOf })
    override read(_id: string): Order {
      return loadOrder();
    }
  }
  return TracedStore;
}

export function timedStore(): OrderStoreClass {
  @Store({ name: 'OrderStore', type: 'memory' })
  class TimedStore extends BareStore {
    @Timed()
    override async get(_id: string): Promise<Order> {
      return loadOrder();
    }

    @Timed()
    override read(_id: string): Order {
      return loadOrder();
    }
  }
  return TimedStore;
}

export function countedStore(): OrderStoreClass {
  @Store({ name: 'OrderStore', type: 'memory' })
  class CountedStore extends BareStore {
    @Counted()
    override async get(_id: string): Promise<Order> {
      return loadOrder();
    }

    @Counted()
    override read(_id: string): Order {
      return loadOrder();
    }
  }
  return CountedStore;
}

export function untracedStore(): OrderStoreClass {
  @Store({ name: 'OrderStore', type: 'memory' })
  class UntracedStore extends BareStore {
    @Audited({ event: 'read', item: itemOf })
    @Timed()
    @Counted()
    override async get(_id: string): Promise<Order> {
      return loadOrder();
    }

    @Audited({ event: 'read', item: itemOf })
    @Timed()
    @Counted()
    override read(_id: string): Order {
      return loadOrder();
    }
  }
  return UntracedStore;
}

export function allFourStore(name = 'OrderStore'): OrderStoreClass {
  @Store({ name, type: 'memory' })
  class AllFourStore extends BareStore {
    @Audited({ event: 'read', item: itemOf })
    @Traced()
    @Timed()
    @Counted()
    override async get(_id: string): Promise<Order> {
      return loadOrder();
    }

    @Audited({ event: 'read', item: itemOf })
    @Traced()
    @Timed()
    @Counted()
    override read(_id: string): Order {
      return loadOrder();
    }
  }
  return AllFourStore;
}

/** Calls each of the stores in turn. */
export class RoundRobinStore implements OrderStore {
  readonly #stores: readonly OrderStore[];
  #next = 0;

  constructor(stores: readonly OrderStore[]) {
    this.#stores = stores;
  }

  get(id: string): Promise<Order> {
    return this.#turn().get(id);
  }

  read(id: string): Order {
    return this.#turn().read(id);
  }

  #turn(): OrderStore {
    const store = this.#stores[this.#next] as OrderStore;
    this.#next = this.#next + 1 === this.#stores.length ? 0 : this.#next + 1;
    return store;
  }
}
