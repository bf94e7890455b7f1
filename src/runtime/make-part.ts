import { isDeepStrictEqual } from 'node:util';
import type { DependencyContainer } from 'tsyringe';
import { messageOf, type Diagnostics } from '../diagnostics';
import { describeValue, TrefoilError } from '../errors';
import type { SentCounts } from '../metrics/delta-counts';
import type { MetricsRegistry } from '../metrics/metrics-registry';
import type { DataRedactor } from '../redaction/data-redactor';
import { userRegistration, type UserRegistration } from './container';
import type { ResolvedOptions } from './options';
import { Part, type Outlet, type PartOrigin, type Section } from './part';

/** How to come by one of the backends. */
export interface Recipe<Backend extends object> {
  readonly section: Section;
  readonly token: symbol;
  /** A backend of the user's that the options hold; it counts like one that is registered. */
  readonly given?: object | undefined;
  /** Makes a backend of what is registered and is none by itself, but can stand for one, by the settings; else nothing. */
  readonly adopt?: (registered: unknown) => unknown;
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
  const registration = userRegistration(init.container, recipe.token) ?? givenInOptions(recipe.given);
  const origin: PartOrigin =
    registration === undefined
      ? { from: 'options', key: recipe.settings }
      : { from: registration.isAbove ? 'above' : 'container', key: registration.identity };
  const kept = before !== undefined && stays(before, origin, recipe.settings) ? before : undefined;
  const { backend, buildError, adoptedBy }: Obtained<Backend> = kept ?? obtain(recipe, registration);
  const outlets = recipe.outlets?.(backend, origin, before?.outlets ?? []);
  const part = new Part<Backend>({ section, backend, origin, required, buildError, adoptedBy, outlets });
  if (kept === undefined) init.onBuilt(part);
  return part;
}

function givenInOptions(given: object | undefined): UserRegistration | undefined {
  return given === undefined ? undefined : { identity: given, isAbove: false, resolve: () => given };
}

function stays({ origin: before, buildError, adoptedBy }: Part, { from, key }: PartOrigin, settings: unknown): boolean {
  if (buildError !== undefined || before.from !== from) return false;
  if (adoptedBy !== undefined && !isDeepStrictEqual(adoptedBy, settings)) return false;
  return from === 'options' ? isDeepStrictEqual(before.key, key) : before.key === key;
}

interface Obtained<Backend extends object> {
  readonly backend: Backend;
  readonly buildError?: TrefoilError | undefined;
  /** The settings by which it was made of something of the user's. */
  readonly adoptedBy?: unknown;
}

/** The backend asked for or, where it cannot be had and is not required, its no-op and why. */
function obtain<Backend extends object>(
  recipe: Recipe<Backend>,
  registration: UserRegistration | undefined,
): Obtained<Backend> {
  let registered: unknown;
  try {
    if (registration === undefined) return { backend: recipe.build() };
    registered = resolveRegistered(recipe, registration);
  } catch (error) {
    if (recipe.required || !(error instanceof TrefoilError)) throw error;
    return { backend: recipe.noop(error), buildError: error };
  }
  const adopted = recipe.adopt?.(registered);
  if (adopted === undefined) return { backend: checkRegistered(recipe, registered) };
  return { backend: checkRegistered(recipe, adopted), adoptedBy: recipe.settings };
}

function resolveRegistered<Backend extends object>(recipe: Recipe<Backend>, registration: UserRegistration): unknown {
  try {
    return registration.resolve();
  } catch (cause) {
    throw new TrefoilError(
      'TREFOIL_BACKEND_INVALID',
      {
        attempted: `Resolving what is registered under ${tokenName(recipe)}`,
        where: `the ${recipe.section} pillar`,
        why: messageOf(cause),
        todo: 'Correct the registration, or remove it.',
      },
      { cause },
    );
  }
}

function checkRegistered<Backend extends object>(recipe: Recipe<Backend>, registered: unknown): Backend {
  const candidate = registered as Readonly<Record<string, unknown>> | null | undefined;
  const missing: string[] = recipe.methods.filter((method) => typeof candidate?.[method] !== 'function');
  if (recipe.section === 'audit' && !isGuarantees(candidate?.['guarantees'])) missing.push('guarantees');
  if (missing.length === 0) return registered as Backend;
  throw new TrefoilError('TREFOIL_BACKEND_INVALID', {
    attempted: `Using what is registered under ${tokenName(recipe)}`,
    where: `the ${recipe.section} pillar`,
    expected: `an object with ${recipe.methods.join(', ')}${recipe.section === 'audit' ? ' and guarantees' : ''}${recipe.alternative ?? ''}`,
    given: `${describeValue(registered)} without ${missing.join(', ')}`,
    todo: 'Implement what is missing, or register another backend.',
  });
}

function isGuarantees(guarantees: unknown): boolean {
  if (typeof guarantees !== 'object' || guarantees === null) return false;
  return 'delivery' in guarantees && 'volatile' in guarantees;
}

function tokenName(recipe: { readonly token: symbol }): string {
  return recipe.token.description?.replace('trefoil ', '') ?? 'a token';
}
