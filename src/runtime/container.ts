import 'reflect-metadata';
import { container as rootContainer, Lifecycle, type DependencyContainer } from 'tsyringe';
import type { CallHandler } from '../call/call-handler';
import { addScopedSource, InstrumentationSource, rootSource, tieInstance } from '../call/instrumentation-source';
import { isInstrumented } from '../call/operation-catalog';
import { messageOf } from '../diagnostics';
import { describeValue, TrefoilError } from '../errors';
import { CALL_HANDLER } from './tokens';

type Token = Parameters<DependencyContainer['resolve']>[0];

/** What trefoil reads of tsyringe beyond its public types (seen in 4.10, and pinned by a test). */
interface Registration {
  readonly provider?: {
    readonly useToken?: unknown;
    readonly useValue?: unknown;
    readonly useFactory?: unknown;
    readonly useClass?: unknown;
  };
  readonly options?: { readonly lifecycle?: Lifecycle };
  readonly instance?: unknown;
}

interface ContainerInternals {
  readonly parent?: WatchableContainer;
  getRegistration(token: Token): Registration | null;
  getAllRegistrations(token: Token): Registration[] | null;
}

type WatchableContainer = DependencyContainer & ContainerInternals;

const neededMethods = [
  'register',
  'resolve',
  'resolveAll',
  'isRegistered',
  'createChildContainer',
  'getRegistration',
  'getAllRegistrations',
] as const satisfies (keyof WatchableContainer)[];

/** What a user has registered under one of trefoil's tokens. */
export interface UserRegistration {
  /** Tells one registration from another. */
  readonly identity: object;
  /** Whether it stands in a container above, and so serves others too. */
  readonly isAbove: boolean;
  resolve(): unknown;
}

const sources = new WeakMap<object, InstrumentationSource>();
const watched = new WeakSet<object>();
const ownValues = new WeakMap<object, Map<symbol, unknown>>();
const ownFactories = new WeakSet<object>();
/** What `delay()` has given: looking into it would resolve it too early. */
const delayed = new WeakSet();
/** Whose runtime a shared instance that is being made belongs to, and with it what is made for it alone. */
let makingFor: InstrumentationSource | undefined;

/** The container given, or tsyringe's root container. */
export function containerFor(given: DependencyContainer | undefined = rootContainer): DependencyContainer {
  const candidate: unknown = given;
  const methods = (typeof candidate === 'object' ? candidate : null) as Readonly<Record<string, unknown>> | null;
  if (neededMethods.every((method) => typeof methods?.[method] === 'function')) return candidate as DependencyContainer;
  throw new TrefoilError('TREFOIL_CONTAINER_INVALID', {
    attempted: 'Initializing observability',
    where: 'the second argument of initializeObservability',
    expected: "a container of tsyringe, such as its `container` or a child's",
    given: describeValue(candidate),
    todo: 'Pass the container, or nothing for the root.',
  });
}

/** The source of a container's calls; a container below the root is watched from now on. */
export function sourceOfContainer(container: DependencyContainer): InstrumentationSource {
  if (container === rootContainer) return rootSource;
  let source = sources.get(container);
  if (source === undefined) {
    source = new InstrumentationSource();
    sources.set(container, source);
    addScopedSource();
    watch(container as WatchableContainer);
  }
  return source;
}

/** What the user has registered under a token, in this container or the nearest above it that has something. */
export function userRegistration(container: DependencyContainer, token: symbol): UserRegistration | undefined {
  for (let owner: WatchableContainer | undefined = container as WatchableContainer; owner; owner = owner.parent) {
    const within = owner;
    const registrations = within.isRegistered(token) ? (within.getAllRegistrations(token) ?? []) : [];
    const index = registrations.findLastIndex((registration) => !isOwn(registration));
    const identity = registrations[index];
    if (identity === undefined) continue;
    return {
      identity,
      isAbove: within !== container,
      // The runtime's own may lie on top of it, and only the topmost can be resolved alone.
      resolve: () => (index === registrations.length - 1 ? within.resolve(token) : within.resolveAll(token)[index]),
    };
  }
  return undefined;
}

/** Lets a token of a runtime resolve to what is in force. */
export function provide(container: DependencyContainer, token: symbol, value: unknown): void {
  let values = ownValues.get(container);
  if (values === undefined) {
    values = new Map();
    ownValues.set(container, values);
  }
  values.set(token, value);
  const topmost = container.isRegistered(token) ? (container as WatchableContainer).getRegistration(token) : undefined;
  // A class or factory of the user's that is no singleton would give everyone else another instance.
  const gives = topmost != null && (isOwn(topmost) || [topmost.provider?.useValue, topmost.instance].includes(value));
  if (gives) return;
  const useFactory = ofContainer(values, token);
  ownFactories.add(useFactory);
  container.register(token, { useFactory });
}

/**
 * The user's own call handlers: the container's, else those of the nearest above it.
 *
 * @throws TrefoilError `TREFOIL_BACKEND_INVALID`
 */
export function callHandlersOf(container: DependencyContainer): CallHandler[] {
  if (!container.isRegistered(CALL_HANDLER, true)) return [];
  let handlers: unknown[];
  try {
    handlers = container.resolveAll(CALL_HANDLER);
  } catch (cause) {
    throw handlerError({ why: `it cannot be made: ${messageOf(cause)}` }, cause);
  }
  return handlers.map((handler) => {
    if (isCallHandler(handler)) return handler;
    throw handlerError({ expected: 'an object with a name and onStart or onSettle', given: describeValue(handler) });
  });
}

function isCallHandler(handler: unknown): handler is CallHandler {
  if (typeof handler !== 'object' || handler === null) return false;
  const { name, onStart, onSettle } = handler as Partial<Record<keyof CallHandler, unknown>>;
  const methods = [onStart, onSettle].filter((method) => method !== undefined);
  return typeof name === 'string' && methods.length > 0 && methods.every((method) => typeof method === 'function');
}

function handlerError(
  details: { readonly why: string } | { readonly expected: string; readonly given: string },
  cause?: unknown,
): TrefoilError {
  return new TrefoilError(
    'TREFOIL_BACKEND_INVALID',
    {
      attempted: 'Using what is registered under CALL_HANDLER',
      where: 'the call handlers',
      ...details,
      todo: 'Correct the registration, or remove it.',
    },
    { cause },
  );
}

function isOwn({ provider }: Registration): boolean {
  return typeof provider?.useFactory === 'function' && ownFactories.has(provider.useFactory);
}

function ofContainer(values: ReadonlyMap<symbol, unknown>, token: symbol): () => unknown {
  return () => values.get(token);
}

/**
 * Ties what a container resolves to its runtime. tsyringe tells interceptors neither which container resolved nor
 * whether the instance is shared, and lets them replace nothing; so the methods of this one container are wrapped.
 */
function watch(container: WatchableContainer): void {
  if (watched.has(container)) return;
  watched.add(container);
  const resolve = container.resolve.bind(container);
  const resolveAll = container.resolveAll.bind(container);
  const createChildContainer = container.createChildContainer.bind(container);
  const methods: Pick<DependencyContainer, 'resolve' | 'resolveAll' | 'createChildContainer'> = {
    resolve<T>(...args: Parameters<typeof resolve<T>>): T {
      const registration = container.getRegistration(args[0]);
      const source = isShared(registration) ? sourceOfOwner(args[0], container) : undefined;
      const instance = makeFor(source, () => resolve<T>(...args));
      if (isDelayed(args[0]) || isDelayed(registration?.provider?.useClass)) delayed.add(instance as object);
      tie(instance, registration, source ?? makingFor ?? sourceOf(container));
      return instance;
    },
    resolveAll<T>(...args: Parameters<typeof resolveAll<T>>): T[] {
      const instances = resolveAll<T>(...args);
      const registrations = container.getAllRegistrations(args[0]);
      for (const [index, instance] of instances.entries()) {
        const registration = registrations?.[index];
        const source = isShared(registration) ? sourceOfOwner(args[0], container) : undefined;
        tie(instance, registration, source ?? makingFor ?? sourceOf(container));
      }
      return instances;
    },
    createChildContainer() {
      const child = createChildContainer();
      watch(child as WatchableContainer);
      return child;
    },
  };
  Object.assign(container, methods);
}

/** What a shared instance is given while it is made belongs to it, unless it is shared itself. */
function makeFor<T>(source: InstrumentationSource | undefined, make: () => T): T {
  const before = makingFor;
  makingFor = source ?? before;
  try {
    return make();
  } finally {
    makingFor = before;
  }
}

/** Singletons, values and what factories give, which may cache it, belong to the container that registered them, whoever asks first. */
function isShared(registration: Registration | null | undefined): boolean {
  return (
    registration?.options?.lifecycle === Lifecycle.Singleton ||
    (registration?.provider !== undefined &&
      ('useValue' in registration.provider || 'useFactory' in registration.provider))
  );
}

/** What a token leads on to has been tied on the way. */
function tie(instance: unknown, registration: Registration | null | undefined, source: InstrumentationSource): void {
  // What stands behind a delay() proxy is tied when it is resolved.
  if (typeof instance !== 'object' || instance === null || delayed.has(instance)) return;
  if (registration?.provider !== undefined && 'useToken' in registration.provider) return;
  try {
    if (isInstrumented(instance)) tieInstance(instance, source);
  } catch {
    // A proxy that refuses to be asked, or to be marked, is not the container's to refuse; its calls use the root's runtime.
  }
}

/** Whether it is what `delay()` gives, of any copy of tsyringe. */
function isDelayed(token: unknown): boolean {
  if (typeof token !== 'object' || token === null) return false;
  return typeof (token as { readonly createProxy?: unknown }).createProxy === 'function';
}

/** The runtime of the container that holds a token's registration. */
function sourceOfOwner(token: Token, container: WatchableContainer): InstrumentationSource {
  let owner: WatchableContainer | undefined = container;
  while (owner !== undefined && !owner.isRegistered(token)) owner = owner.parent;
  return owner === undefined ? rootSource : sourceOf(owner);
}

/** A container's own runtime, else that of the nearest one above it. */
function sourceOf(container: WatchableContainer): InstrumentationSource {
  for (let above: WatchableContainer | undefined = container; above !== undefined; above = above.parent) {
    const source = sources.get(above);
    if (source !== undefined) return source;
  }
  return rootSource;
}
