import 'reflect-metadata';
import { types } from 'node:util';
import { container as rootContainer, Lifecycle, type DependencyContainer } from 'tsyringe';
import type { CallHandler } from '../call/call-handler';
import { addScopedSource, InstrumentationSource, rootSource, tieInstance } from '../call/instrumentation-source';
import { isInstrumented } from '../call/operation-catalog';
import { describeValue, TrefoilError } from '../errors';
import { CALL_HANDLER } from './tokens';

type Token = Parameters<DependencyContainer['resolve']>[0];

/** What trefoil reads of tsyringe beyond its public types (seen in 4.10; guarded, and pinned by a test). */
interface Registration {
  readonly provider?: { readonly useToken?: unknown; readonly useValue?: unknown };
  readonly options?: { readonly lifecycle?: Lifecycle };
}

interface ContainerInternals {
  readonly parent?: DependencyContainer & ContainerInternals;
  getRegistration?(token: Token): Registration | null;
  getAllRegistrations?(token: Token): Registration[] | null;
}

/** What a runtime has put under one token; user registrations are told apart by not being this value. */
type OwnValues = Map<symbol, unknown>;

const sources = new WeakMap<object, InstrumentationSource>();
const ownValues = new WeakMap<object, OwnValues>();

/** The container given, or tsyringe's root container. */
export function containerFor(given: DependencyContainer | undefined): DependencyContainer {
  const container: unknown = given ?? rootContainer;
  const isContainer =
    typeof container === 'object' &&
    container !== null &&
    'resolve' in container &&
    'createChildContainer' in container;
  if (isContainer) return container as DependencyContainer;
  throw new TrefoilError('TREFOIL_CONTAINER_INVALID', {
    attempted: 'Initializing observability',
    where: 'the second argument of initializeObservability',
    expected: "a container of tsyringe, such as its `container` or a child's",
    given: describeValue(container),
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
    watch(container, source);
  }
  return source;
}

/** What the user has registered under a token, in this container or the nearest above it that has something. */
export function userValue(container: DependencyContainer, token: symbol): unknown {
  let owner: (DependencyContainer & ContainerInternals) | undefined = container;
  while (owner !== undefined && !owner.isRegistered(token)) owner = owner.parent;
  if (owner === undefined) return undefined;
  const value: unknown = container.resolve(token);
  const own = ownValues.get(owner);
  return own?.has(token) === true && own.get(token) === value ? undefined : value;
}

/** Puts a runtime's value under a token; what the user has registered there stays in force. */
export function provide(container: DependencyContainer, token: symbol, value: unknown): void {
  let own = ownValues.get(container);
  if (own === undefined) {
    own = new Map();
    ownValues.set(container, own);
  }
  const values = own;
  values.set(token, value);
  if (!container.isRegistered(token)) {
    container.register(token, { useFactory: () => values.get(token) });
  }
}

/** The user's own call handlers: the container's, else its parent's. */
export function callHandlersOf(container: DependencyContainer): CallHandler[] {
  return container.isRegistered(CALL_HANDLER, true) ? container.resolveAll<CallHandler>(CALL_HANDLER) : [];
}

/**
 * Ties what a container resolves to its runtime. tsyringe tells interceptors neither which container resolved nor
 * whether the instance is shared, and lets them replace nothing; so the methods of this one container are wrapped.
 */
function watch(container: DependencyContainer & ContainerInternals, source: InstrumentationSource): void {
  const resolve = container.resolve.bind(container);
  const resolveAll = container.resolveAll.bind(container);
  const createChildContainer = container.createChildContainer.bind(container);
  const watched: Pick<DependencyContainer, 'resolve' | 'resolveAll' | 'createChildContainer'> = {
    resolve<T>(...args: Parameters<typeof resolve<T>>): T {
      const instance = resolve<T>(...args);
      tie(instance, container.getRegistration?.(args[0]), args[0], container, source);
      return instance;
    },
    resolveAll<T>(...args: Parameters<typeof resolveAll<T>>): T[] {
      const instances = resolveAll<T>(...args);
      const registrations = container.getAllRegistrations?.(args[0]);
      for (const [index, instance] of instances.entries()) {
        tie(instance, registrations?.[index], args[0], container, source);
      }
      return instances;
    },
    createChildContainer() {
      const child = createChildContainer();
      sources.set(child, source);
      watch(child, source);
      return child;
    },
  };
  Object.assign(container, watched);
}

/**
 * A shared instance (singleton or value) belongs to the container that registered it, whoever asks first; one that is
 * made for the asker belongs to the asker. What a token leads on to has been tied on the way.
 */
function tie(
  instance: unknown,
  registration: Registration | null | undefined,
  token: Token,
  container: DependencyContainer,
  source: InstrumentationSource,
): void {
  // Looking into a delay() proxy would resolve it too early; what stands behind it is tied when it is resolved.
  if (typeof instance !== 'object' || instance === null || types.isProxy(instance) || !isInstrumented(instance)) return;
  if (registration?.provider !== undefined && 'useToken' in registration.provider) return;
  const isShared =
    registration?.options?.lifecycle === Lifecycle.Singleton ||
    (registration?.provider !== undefined && 'useValue' in registration.provider);
  tieInstance(instance, isShared ? sourceOfOwner(token, container) : source);
}

/** The runtime of the container that holds a token's registration: its own, else that of the nearest one above. */
function sourceOfOwner(token: Token, container: DependencyContainer): InstrumentationSource {
  let owner: (DependencyContainer & ContainerInternals) | undefined = container;
  while (owner !== undefined && !owner.isRegistered(token)) owner = owner.parent;
  for (let above = owner; above !== undefined; above = above.parent) {
    const source = sources.get(above);
    if (source !== undefined) return source;
  }
  return rootSource;
}
