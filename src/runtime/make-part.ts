import type { DependencyContainer } from 'tsyringe';
import { messageOf, type Diagnostics } from '../diagnostics';
import { describeValue, TrefoilError } from '../errors';
import type { SentCounts } from '../metrics/delta-counts';
import type { MetricsRegistry } from '../metrics/metrics-registry';
import type { DataRedactor } from '../redaction/data-redactor';
import { userRegistration, type UserRegistration } from './container';
import { isSameSetting } from './merge-sections';
import type { ResolvedOptions } from './options';
import { Part, type Outlet, type PartOrigin, type Section } from './part';

/** A backend of the user's in the options, or a function that makes one. */
export type GivenBackend = { readonly instance: object } | { readonly make: () => unknown };

/** What an option that takes a name, an instance or a factory was given beside names. */
export function givenBackend(option: string | object | undefined): GivenBackend | undefined {
  if (option === undefined || typeof option === 'string') return undefined;
  return typeof option === 'function' ? { make: option as () => unknown } : { instance: option };
}

/** How to come by one of the backends. */
export interface Recipe<Backend extends object> {
  readonly section: Section;
  readonly token: symbol;
  /** The option that chooses it. */
  readonly option: string;
  /** What the options hold in the place of a name; what is registered wins over it. */
  readonly given?: GivenBackend | undefined;
  /** Makes a backend of what is registered and is none by itself, but can stand for one, by the settings; else nothing. */
  readonly adopt?: (given: unknown, isHandedOver: boolean) => unknown;
  /** What the user handed over and an adopted backend works with. */
  readonly underlying?: (given: unknown) => readonly object[];
  /** What that is, in words. */
  readonly alternative?: string;
  /** The methods that a backend of the user's must have. */
  readonly methods: readonly (keyof Backend & string)[];
  readonly required: boolean;
  /** Everything that `build` reads: as long as it is the same, the backend stays. */
  readonly settings: unknown;
  readonly build: () => Backend;
  /** What takes the place of one that cannot be had, and why it cannot. */
  readonly noop: (why: TrefoilError) => Backend;
  /** By what its records leave the process; what they left by before stays if it can. */
  readonly outlets?: (backend: Backend, origin: PartOrigin, before: readonly Outlet[]) => readonly Outlet[];
}

/** What a part is built from. */
export interface PartInputs {
  readonly container: DependencyContainer;
  readonly options: ResolvedOptions;
  readonly redactor: DataRedactor;
  readonly diagnostics: Diagnostics;
  readonly registry: MetricsRegistry;
  /** What has been sent of metrics that outlive the backend. */
  readonly sent: SentCounts;
  /** Told of each part that is new, in case what comes after it fails. */
  readonly onBuilt: (part: Part) => void;
}

/** Builds a backend, or takes it from the container or from before. */
export function makePart<Backend extends object>(
  init: PartInputs,
  recipe: Recipe<Backend>,
  before: Part<Backend> | undefined,
): Part<Backend> {
  const { section, required } = recipe;
  const source = sourceOf(init, recipe);
  const origin: PartOrigin =
    source === undefined ? { from: 'options', key: recipe.settings } : { from: source.from, key: source.identity };
  const kept = before !== undefined && stays(before, origin, recipe.settings) ? before : undefined;
  const { backend, buildError, adoptedBy, underlying }: Obtained<Backend> = kept ?? obtain(recipe, source);
  const outlets = recipe.outlets?.(backend, origin, before?.outlets ?? []);
  const part = new Part<Backend>({ section, backend, origin, required, buildError, adoptedBy, underlying, outlets });
  if (kept === undefined) init.onBuilt(part);
  return part;
}

/** Where a backend of the user's comes from. */
interface Source extends Pick<UserRegistration, 'identity' | 'resolve'> {
  readonly from: 'factory' | 'container' | 'above';
  /** In words. */
  readonly place: string;
}

function sourceOf<Backend extends object>({ container }: PartInputs, recipe: Recipe<Backend>): Source | undefined {
  const { token, given, option } = recipe;
  const registration = userRegistration(container, token);
  if (registration !== undefined) {
    const place = `what is registered under ${tokenName(token)}`;
    return { ...registration, from: registration.isAbove ? 'above' : 'container', place };
  }
  if (given === undefined) return undefined;
  if ('make' in given) {
    return { from: 'factory', identity: given.make, resolve: () => given.make(), place: `what ${option} makes` };
  }
  return { from: 'container', identity: given.instance, resolve: () => given.instance, place: option };
}

function stays({ origin: before, buildError, adoptedBy }: Part, { from, key }: PartOrigin, settings: unknown): boolean {
  if (buildError !== undefined || before.from !== from) return false;
  if (adoptedBy !== undefined && !isSameSetting(adoptedBy, settings)) return false;
  return from === 'options' ? isSameSetting(before.key, key) : before.key === key;
}

interface Obtained<Backend extends object> {
  readonly backend: Backend;
  readonly buildError?: TrefoilError | undefined;
  /** The settings by which it was made of something of the user's. */
  readonly adoptedBy?: unknown;
  readonly underlying?: readonly object[] | undefined;
}

/** The backend asked for or, where it cannot be had and is not required, its no-op and why. */
function obtain<Backend extends object>(recipe: Recipe<Backend>, source: Source | undefined): Obtained<Backend> {
  let given: unknown;
  try {
    if (source === undefined) return { backend: recipe.build(), underlying: recipe.underlying?.(undefined) };
    given = resolveGiven(recipe, source);
  } catch (error) {
    if (recipe.required || !(error instanceof TrefoilError)) throw error;
    return { backend: recipe.noop(error), buildError: error };
  }
  const adopted = recipe.adopt?.(given, source.from !== 'factory');
  if (adopted === undefined) return { backend: checkGiven(recipe, source, given) };
  const underlying = source.from === 'factory' ? [] : recipe.underlying?.(given);
  return { backend: checkGiven(recipe, source, adopted), adoptedBy: recipe.settings, underlying };
}

function resolveGiven<Backend extends object>(recipe: Recipe<Backend>, source: Source): unknown {
  try {
    return source.resolve();
  } catch (cause) {
    // What a factory of the user's makes with trefoil says best itself why it cannot be made.
    if (source.from === 'factory' && cause instanceof TrefoilError) throw cause;
    throw new TrefoilError(
      'TREFOIL_BACKEND_INVALID',
      {
        attempted: `${source.from === 'factory' ? 'Making' : 'Resolving'} ${source.place}`,
        where: `the ${recipe.section} pillar`,
        why: messageOf(cause),
        todo: source.from === 'factory' ? 'Correct the function.' : 'Correct the registration, or remove it.',
      },
      { cause },
    );
  }
}

function checkGiven<Backend extends object>(recipe: Recipe<Backend>, source: Source, given: unknown): Backend {
  const candidate = given as Readonly<Record<string, unknown>> | null | undefined;
  const missing: string[] = recipe.methods.filter((method) => typeof candidate?.[method] !== 'function');
  if (recipe.section === 'audit' && !isGuarantees(candidate?.['guarantees'])) missing.push('guarantees');
  if (missing.length === 0) return given as Backend;
  throw new TrefoilError('TREFOIL_BACKEND_INVALID', {
    attempted: `Using ${source.place}`,
    where: `the ${recipe.section} pillar`,
    expected: `an object with ${recipe.methods.join(', ')}${recipe.section === 'audit' ? ' and guarantees' : ''}${recipe.alternative ?? ''}`,
    given: `${describeValue(given)} without ${missing.join(', ')}`,
    todo: `Implement what is missing, or ${source.place === recipe.option ? 'give' : 'register'} another backend.`,
  });
}

function isGuarantees(guarantees: unknown): boolean {
  if (typeof guarantees !== 'object' || guarantees === null) return false;
  return 'delivery' in guarantees && 'volatile' in guarantees;
}

function tokenName(token: symbol): string {
  return token.description?.replace('trefoil ', '') ?? 'a token';
}
