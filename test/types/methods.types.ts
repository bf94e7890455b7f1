// Every kind of method may be decorated: overloaded, generic, static, private, protected, overriding, generators.
import { Audited, Counted, Observed, Timed, Traced, type Settled } from '../../src/index';

interface Entity {
  readonly id: string;
}

export class Kinds {
  @Observed({ item: (id: string) => id })
  static create(id: string): Kinds {
    return new Kinds(id);
  }

  constructor(readonly id: string) {}

  @Observed({ event: 'read' })
  [Symbol.toPrimitive](): string {
    return this.id;
  }

  @Observed()
  *list(): Generator<string> {
    yield this.id;
  }

  @Observed()
  async *query(): AsyncGenerator<string> {
    yield this.id;
  }

  @Traced({ attributes: (id: string) => ({ id }) })
  withThis(this: Kinds, id: string): string {
    return this.id + id;
  }

  @Counted({ when: (value: unknown) => value !== undefined })
  isText(value: unknown): value is string {
    return typeof value === 'string';
  }

  @Timed({ when: (value: unknown) => value !== undefined })
  assertText(value: unknown): asserts value is string {
    if (!this.isText(value)) throw new Error('no text');
  }

  @Audited({ item: (id: string) => id })
  protected update(_id: string): void {}

  @Audited({ item: (id: string) => id })
  private delete(_id: string): void {}

  // @ts-expect-error private methods are checked as well
  @Audited({ item: (id: number) => id })
  private remove(_id: string): void {}

  // @ts-expect-error and static ones
  @Audited({ item: (id: number) => id })
  static get(_id: string): void {}
}

export class Inheriting extends Kinds {
  @Audited({ item: (id: string) => id })
  protected override update(id: string): void {
    super.update(id);
  }
}

/** The decorators of an overloaded method stand on its body; its selectors have to take every overload. */
export class Overloaded {
  get(id: string): string;
  get(id: number): number;
  @Audited({ item: (id: string | number) => id })
  get(id: string | number): string | number {
    return id;
  }

  find(id: string): string;
  find(id: number): number;
  // @ts-expect-error the first overload does not fit
  @Audited({ item: (id: number) => id })
  find(id: string | number): string | number {
    return id;
  }

  load(id: string): string;
  load(id: number): number;
  // @ts-expect-error the last overload does not fit
  @Audited({ item: (id: string) => id })
  load(id: string | number): string | number {
    return id;
  }
}

export class GenericMethods {
  @Audited({ item: (entity: Entity) => entity.id, onResult: ({ id }: Entity) => ({ item: id }) })
  save<T extends Entity>(entity: T): T {
    return entity;
  }

  @Traced({ attributes: (id: string, parse: (text: string) => unknown) => ({ id, parser: parse.name }) })
  read<T>(id: string, parse: (text: string) => T): T {
    return parse(id);
  }

  // @ts-expect-error the type parameter promises no number
  @Audited({ item: (entity: { id: number }) => entity.id })
  update<T extends Entity>(_entity: T): void {}

  // @ts-expect-error the type parameter promises nothing
  @Audited({ item: (entity: Entity) => entity.id })
  delete<T>(_entity: T): void {}
}

/** A type parameter of the class counts as what it extends. */
export class Repository<T extends Entity> {
  readonly #entities: T[] = [];

  @Audited({
    item: (entity: Entity) => entity.id,
    user: (_entity: unknown, user?: string) => user,
    onResult: (_saved: Entity, entity: Entity) => ({ item: entity.id }),
  })
  save(entity: T, _user?: string): T {
    this.#entities.push(entity);
    return entity;
  }

  @Audited({ onResult: (entity: Entity | undefined) => ({ item: entity?.id }) })
  async get(id: string): Promise<T | undefined> {
    return this.#entities.find((entity) => entity.id === id);
  }

  @Traced({ attributes: (...entities: Entity[]) => ({ count: entities.length }) })
  @Timed({ outcome: (settled: Settled<readonly Entity[]>) => (settled.threw ? 'denied' : undefined) })
  async createMany(...entities: T[]): Promise<readonly T[]> {
    return entities;
  }

  @Counted({
    name: 'updates_total',
    labels: { key: (_entity: Entity, key: PropertyKey) => String(key), kind: 'entity' },
  })
  update<Key extends keyof T>(entity: T, key: Key): T[Key] {
    return entity[key];
  }

  put(entity: T): void;
  put(entity: T, force: boolean): void;
  @Observed({ item: (_entity: unknown, force?: boolean) => (force === true ? 1 : 0) })
  put(_entity: T, _force?: boolean): void {}
}

export class WrongRepository<T extends Entity> {
  // @ts-expect-error the type parameter promises no number
  @Audited({ item: (entity: { id: number }) => entity.id })
  save(_entity: T): void {}

  // @ts-expect-error the type parameter promises no `version`
  @Audited({ item: (entity: { id: string; version: number }) => entity.version })
  create(_entity: T): void {}

  // @ts-expect-error there is no second parameter
  @Audited({ item: (_entity: Entity, user: string) => user })
  update(_entity: T): void {}

  // @ts-expect-error the second parameter may be missing
  @Audited({ item: (_entity: Entity, user: string) => user })
  put(_entity: T, _user?: string): void {}

  // @ts-expect-error the result's type parameter promises no number
  @Audited({ onResult: (entity: { id: number }) => ({ item: entity.id }) })
  async get(id: string): Promise<T> {
    return { id } as T;
  }

  // @ts-expect-error the settled result's type parameter promises no number
  @Counted({ outcome: (settled: Settled<{ id: number }>) => (settled.threw ? 'failure' : 'success') })
  async find(id: string): Promise<T> {
    return { id } as T;
  }
}
