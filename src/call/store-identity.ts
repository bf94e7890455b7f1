import { classNameOf } from './class-name';
import type { Delivery, OnAuditFailure } from './delivery';
import type { OutcomeSelector } from './outcome';

/** What `@Store` says of a class, with its selectors' parameter types erased. */
export interface StoreDeclaration {
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  readonly id?: string | ((store: object) => unknown) | undefined;
  readonly outcome?: OutcomeSelector | undefined;
  readonly delivery?: Delivery | undefined;
  readonly onFailure?: OnAuditFailure | undefined;
  readonly slowMs?: number | false | undefined;
}

/** The store that a concrete class stands for. */
export interface StoreIdentity {
  /** The `store` label: the `@Store` name, else the class name. */
  readonly name: string;
  /** Whether the name is given, rather than that of a class. */
  readonly isNamed: boolean;
  /** What kind of storage it is, such as `s3` or `postgres`; `unspecified` without a `@Store`. */
  readonly type: string;
  /** Which one it is: a text, or read from the instance at each call. */
  readonly id: string | ((store: object) => unknown) | undefined;
  readonly outcome: StoreDeclaration['outcome'];
  /** How safely the audit events of its methods are kept, where a method does not say. */
  readonly delivery: Delivery | undefined;
  readonly onFailure: OnAuditFailure | undefined;
  /** From which duration on a call is slow, in milliseconds, where a method does not say. */
  readonly slowMs: number | false | undefined;
}

type Constructor = { readonly name: string; readonly prototype: object };

const declarations = new WeakMap<object, StoreDeclaration>();

/** Remember what `@Store` said of a class. */
export function declareStore(constructor: Constructor, declaration: StoreDeclaration): void {
  declarations.set(constructor, declaration);
  // A class that is replaced by another decorator above @Store, say by a proxy, still has its prototype.
  declarations.set(constructor.prototype, declaration);
}

/** The identity of a store that no class stands for, such as that of a function or of an object of others. */
export function describedStore(defaultName: string, { name, type, ...rest }: StoreDeclaration = {}): StoreIdentity {
  const { id, outcome, delivery, onFailure, slowMs } = rest;
  const isNamed = name !== undefined;
  return { name: name ?? defaultName, isNamed, type: type ?? 'unspecified', id, outcome, delivery, onFailure, slowMs };
}

const replacements = new WeakMap<object, WeakRef<object>>();

/** Remember that a decorator has put another class, which `@Store` stands on, in place of a class. */
export function declareReplacement(replaced: object, constructor: object): void {
  replacements.set(replaced, new WeakRef(constructor));
}

/** The identity of the instances of a class, for who knows only the class that declares a method. */
export function storeIdentityOfDeclaring(declaringClass: object): StoreIdentity {
  const constructor = replacements.get(declaringClass)?.deref() ?? declaringClass;
  return storeIdentityOf(constructor, classNameOf(constructor));
}

/** Whether the class itself carries a `@Store`. */
export function isDeclaredStore(constructor: object): boolean {
  return declarations.has(constructor);
}

/** The identity of a concrete class: its own `@Store`, else the nearest one above it, else its name. */
export function storeIdentityOf(constructor: object, className: string): StoreIdentity {
  for (let owner: object | null = constructor; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
    const declaration = declarations.get(owner) ?? declarations.get((owner as Partial<Constructor>).prototype ?? owner);
    if (declaration === undefined) continue;
    return {
      isNamed: declaration.name !== undefined,
      name: declaration.name ?? (owner === constructor ? className : classNameOf(owner)),
      type: declaration.type ?? 'unspecified',
      id: declaration.id,
      outcome: declaration.outcome,
      delivery: declaration.delivery,
      onFailure: declaration.onFailure,
      slowMs: declaration.slowMs,
    };
  }
  const none = { id: undefined, outcome: undefined, delivery: undefined, onFailure: undefined, slowMs: undefined };
  return { name: className, isNamed: false, type: 'unspecified', ...none };
}
