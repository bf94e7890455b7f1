import type { Autometrics, JsDecorator, NestjsOtel } from './peer-packages';
import { BareStore, loadOrder, type Order, type OrderStoreClass } from './stores';

// The same store as for trefoil, under the decorators of others.

export function nestjsOtelStore({ Span, OtelMethodCounter }: NestjsOtel, counter: string): OrderStoreClass {
  class NestjsOtelStore extends BareStore {
    @Span('OrderStore.get')
    @OtelMethodCounter({ name: `${counter}.get` })
    override async get(_id: string): Promise<Order> {
      return loadOrder();
    }

    @Span('OrderStore.read')
    @OtelMethodCounter({ name: `${counter}.read` })
    override read(_id: string): Order {
      return loadOrder();
    }
  }
  return NestjsOtelStore;
}

export function jsDecoratorStore({ Traced }: JsDecorator): OrderStoreClass {
  class JsDecoratorStore extends BareStore {
    @Traced('OrderStore.get')
    override async get(_id: string): Promise<Order> {
      return loadOrder();
    }

    @Traced('OrderStore.read')
    override read(_id: string): Order {
      return loadOrder();
    }
  }
  return JsDecoratorStore;
}

export function autometricsStore({ AutometricsLegacy }: Autometrics, name: string): OrderStoreClass {
  class AutometricsStore extends BareStore {
    @AutometricsLegacy({ functionName: `${name}.get` })
    override async get(_id: string): Promise<Order> {
      return loadOrder();
    }

    @AutometricsLegacy({ functionName: `${name}.read` })
    override read(_id: string): Order {
      return loadOrder();
    }
  }
  return AutometricsStore;
}

/** The most that can be had from others by decorators: still no audit, and nothing that ties the records together. */
export function stackedStore(
  { Traced }: JsDecorator,
  { AutometricsLegacy }: Autometrics,
  name: string,
): OrderStoreClass {
  class StackedStore extends BareStore {
    @Traced('OrderStore.get')
    @AutometricsLegacy({ functionName: `${name}.get` })
    override async get(_id: string): Promise<Order> {
      return loadOrder();
    }

    @Traced('OrderStore.read')
    @AutometricsLegacy({ functionName: `${name}.read` })
    override read(_id: string): Order {
      return loadOrder();
    }
  }
  return StackedStore;
}
