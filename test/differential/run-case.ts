import { buildClass, type Built, type Variant } from './build-class';
import { isObserving } from './features';
import type { RandomCall, RandomCase, RandomMethod } from './random-case';
import type { AnyFunction } from './method-kinds';
import type { RecordMutant } from './record-mutants';
import { clearRecords, missingRecord, readRecords, wrongRecord } from './recorded-outcome';
import type { RuntimeStates } from './runtime-states';
import { observeCall } from './use-result';
import { World, type Strand } from './world';

/** The run that is told of what nobody handles. */
let running: World | undefined;

/** From here on, what nobody handles is part of what a run shows. */
export function watchUnhandled(): void {
  process.on('unhandledRejection', (reason) => running?.rejections.push(`unhandled ${running.describe(reason)}`));
  process.on('rejectionHandled', () => running?.rejections.push('handled late'));
  process.on('uncaughtException', (error) => {
    if (running === undefined) throw error;
    running.rejections.push(`uncaught ${running.describe(error)}`);
  });
}

/** Runs a case once, in one variant; `mutate` makes its records wrong. */
export async function runCase(
  random: RandomCase,
  variant: Variant,
  states: RuntimeStates,
  mutate: RecordMutant = (recorded) => recorded,
): Promise<World> {
  states.enter(variant === 'bare' ? 'no runtime' : random.state);
  const records = states.recordsOf(random.state);
  if (records !== undefined) clearRecords(records);
  const world = new World(random);
  running = world;
  const start = world.current;
  const built = buildClass(world, random, variant);
  world.register(built.base, 'the class');
  world.register(built.concrete, built.base === built.concrete ? 'the class' : 'the subclass');
  reflect(world, start, built, random);
  const instance = world.register(new built.concrete(), 'the instance');
  world.log(start, `instance: ${Reflect.ownKeys(instance).map(String).join()} ${instance instanceof built.base}`);
  for (const [index, call] of random.calls.entries()) makeCall(world, random, built, instance, call, index);
  await world.settle();
  world.log(start, `instance: ${Reflect.ownKeys(instance).map(String).join()}`);
  if (records === undefined) {
    states.giveUpOpenCalls(random.state);
    return world;
  }
  const isCompared = variant === 'legacy' || variant === 'standard';
  if (isCompared) world.wrongRecord = missingRecord(world, random, mutate(readRecords(records), world, 'open'));
  states.giveUpOpenCalls(random.state);
  // Under durable and strict delivery, the event of what is given up follows.
  await new Promise((resolve) => setImmediate(resolve));
  if (isCompared) world.wrongRecord ??= wrongRecord(world, random, mutate(readRecords(records), world, 'given up'));
  return world;
}

function reflect(world: World, strand: Strand, built: Built, random: RandomCase): void {
  for (const [index, method] of random.methods.entries()) {
    for (const owner of new Set([built.base, built.concrete])) {
      const holder = (method.isStatic ? owner : owner.prototype) as object;
      const descriptor = Object.getOwnPropertyDescriptor(holder, built.keys[index] as string);
      if (descriptor === undefined) continue;
      const { value, writable, enumerable, configurable } = descriptor;
      const fn = value as AnyFunction;
      world.log(
        strand,
        `method ${index}: ${writable} ${enumerable} ${configurable} ${typeof fn} ${fn.name} ${fn.length}`,
      );
      const own = Reflect.ownKeys(fn).filter((key) => key !== 'prototype');
      for (const key of own.sort((one, other) => (String(one) < String(other) ? -1 : 1))) {
        world.log(strand, `${String(key)} ${JSON.stringify(Object.getOwnPropertyDescriptor(fn, key))}`);
      }
      world.log(strand, `${Object.isExtensible(fn)} ${fn instanceof Function} ${Reflect.getMetadata('kept', fn)}`);
    }
  }
  for (const owner of [built.base, built.concrete]) {
    world.log(strand, `${owner.name} ${owner.length} ${Reflect.ownKeys(owner).map(String).join()}`);
    const prototype = owner.prototype as object;
    world.log(strand, Reflect.ownKeys(prototype).map(String).join());
    world.log(strand, String(Reflect.getMetadataKeys(prototype).length));
    for (const [holder, key] of [
      [prototype, 'neighbour'],
      [owner, 'staticNeighbour'],
    ] as const) {
      const { get, set, enumerable } = Object.getOwnPropertyDescriptor(holder, key) ?? {};
      world.log(strand, `${key} ${get?.name} ${set?.name} ${enumerable}`);
    }
  }
}

function makeCall(
  world: World,
  random: RandomCase,
  built: Built,
  instance: object,
  call: RandomCall,
  index: number,
): void {
  const method = random.methods[call.method] as RandomMethod;
  const key = built.keys[call.method] as string | symbol;
  const target = method.isStatic ? built.concrete : instance;
  const fn = Reflect.get(target, key) as AnyFunction;
  const strands = Array.from({ length: call.style === 'concurrent' ? 3 : 1 }, (_none, at) =>
    world.strand(`call ${index}.${at}`),
  );
  for (const strand of strands) {
    strand.isBlind = call.receiver === 'hostile proxy';
    const args = [world.make(strand, { id: 'o-1' }, 'argument'), 'second', undefined].slice(0, call.given);
    world.isInTurn = true;
    observeCall(world, strand, random.state, method, call.use, () => {
      const receiver = makeReceiver(world, strand, target, method, built, key, fn, call);
      return callBy(call.style, receiver, key, fn, args);
    });
    world.isInTurn = false;
  }
}

function makeReceiver(
  world: World,
  strand: Strand,
  target: object,
  method: RandomMethod,
  built: Built,
  key: string | symbol,
  fn: AnyFunction,
  { receiver }: RandomCall,
): unknown {
  const known = <Value>(value: Value): Value => world.make(strand, value, receiver);
  switch (receiver) {
    case 'instance':
      return target;
    case 'detached':
      return undefined;
    case 'proxy': {
      // Which class it is, trefoil has to ask: a call is labelled by it.
      const traps = ['set', 'has', 'deleteProperty', 'defineProperty', 'ownKeys', ...(method.isStatic ? [] : ['get'])];
      const handler = Object.fromEntries(
        traps.map((trap) => [
          trap,
          (...args: unknown[]): unknown => {
            // Later on, the order in one strand is not that of the others.
            if (world.isInTurn) world.log(strand, `${trap} ${String(args[1])}`);
            return (Reflect as unknown as Record<string, AnyFunction>)[trap]?.(...args);
          },
        ]),
      );
      return known(new Proxy(target, handler));
    }
    case 'hostile proxy': {
      const trap = (): never => {
        throw new Error('a trap');
      };
      return known(new Proxy(target, { getPrototypeOf: trap, has: trap, ownKeys: trap }));
    }
    case 'frozen':
      if (!method.isStatic) return known(Object.freeze(new built.concrete()));
      return known(Object.freeze(class extends (built.concrete as unknown as new () => object) {}));
    case 'without prototype':
      return known(Object.assign(Object.create(null) as object, { [key]: fn }));
    case 'primitive':
      return 5;
    case 'another class':
      return known(
        new (class Other {
          neighbour = 'of another class';
          constructor() {
            Object.defineProperty(this, key, { value: fn });
          }
        })(),
      );
  }
}

function callBy(
  style: RandomCall['style'],
  receiver: unknown,
  key: string | symbol,
  fn: AnyFunction,
  args: unknown[],
): unknown {
  switch (style) {
    case 'direct':
    case 'concurrent':
      if (receiver === undefined || typeof receiver === 'number') return Reflect.apply(fn, receiver, args);
      return (receiver as Record<string | symbol, AnyFunction>)[key]?.(...args);
    case 'call':
      return fn.call(receiver, ...args);
    case 'apply':
      return fn.apply(receiver, args);
    case 'bind':
      return fn.bind(receiver, ...args.slice(0, 1))(...args.slice(1));
    case 'Reflect.apply':
      return Reflect.apply(fn, receiver, args);
    case 'callback':
      return args.slice(0, 1).map(fn, receiver)[0] ?? fn.call(receiver);
    case 'new':
      // Not by Reflect.construct: its error shows the source of the function.
      return new (fn as unknown as new (...given: unknown[]) => unknown)(...args);
  }
}

/** What a caller would notice; `undefined` where the two runs are the same to it. */
export function difference(bare: World, other: World, random: RandomCase): string | undefined {
  return (
    differ('in the order of effects', bare.order, other.order) ??
    differ('in what is unhandled', [...bare.rejections].sort(), [...other.rejections].sort()) ??
    differ('in counts', counts(bare, random), counts(other, random)) ??
    differStrands(bare, other, isObserving(random.state)) ??
    other.wrongRecord
  );
}

function counts(world: World, random: RandomCase): string[] {
  // A derived promise of a subclass is one more of them: under durable and strict delivery, it has to be derived.
  const derives = random.methods.some(({ option }) => option === 'durable' || option === 'strict');
  return [...world.counts]
    .map(([what, count]) => (derives && what.startsWith('constructions') ? what : `${what}: ${count}`))
    .sort();
}

function differStrands(bare: World, other: World, isObserved: boolean): string | undefined {
  const others = new Map(other.strands.map((strand) => [strand.name, strand]));
  const names = [...others.keys()].sort();
  const missing = differ('in the calls made', bare.strands.map(({ name }) => name).sort(), names);
  if (missing !== undefined) return missing;
  for (const strand of bare.strands) {
    const twin = others.get(strand.name) as Strand;
    const found = differ(`in ${strand.name}`, strand.events, twin.events);
    if (found !== undefined) return found;
    for (const [index, turns] of strand.turns.entries()) {
      const later = (twin.turns[index] as number) - turns;
      const allowed = !isObserved ? 0 : strand.waitsForRecord ? Infinity : strand.derived;
      if (later < 0 || later > allowed) return `${strand.name} settled ${later} turns later, not at most ${allowed}`;
    }
  }
  return undefined;
}

function differ(where: string, bare: readonly string[], other: readonly string[]): string | undefined {
  const length = Math.max(bare.length, other.length);
  for (let index = 0; index < length; index += 1) {
    if (bare[index] !== other[index]) {
      return `${where}, line ${index}: "${bare[index] ?? 'nothing'}" became "${other[index] ?? 'nothing'}"`;
    }
  }
  return undefined;
}
