import { types } from 'node:util';
import { TrefoilError } from '../errors';
import type { AuditEventType } from '../call/event-type';
import { facetNames, type CallFields, type Facets, type Operation } from '../call/operation';
import { inferEventType } from './infer-event-type';

/** What one decorator, or `observe()`, adds to an operation. */
interface Declaration {
  /** What to call it in messages, such as `@Audited`. */
  readonly source: string;
  /** Whether its facets leave those alone that are there already. */
  readonly areDefaults?: boolean;
  readonly facets: Facets;
  readonly fields: CallFields;
}

const declaredBy = new WeakMap<Operation, Map<string, string>>();

/**
 * Adds facets and fields to an operation. `@Observed` gives all four facets as defaults, which a single decorator in
 * the same stack replaces; anything else given twice is a contradiction and refused.
 */
export function declareFacets(operation: Operation, declaration: Declaration): void {
  const { source, areDefaults = false, facets, fields } = declaration;
  let sources = declaredBy.get(operation);
  if (sources === undefined) {
    sources = new Map();
    declaredBy.set(operation, sources);
  }
  if ([...sources.values()].includes(source)) {
    throw conflict(operation, source, 'one decorator of each kind', `${source} twice`);
  }
  for (const name of facetNames) {
    if (facets[name] === undefined) continue;
    if (areDefaults && operation.facets[name] !== undefined) continue;
    Object.assign(operation.facets, { [name]: facets[name] });
    sources.set(name, source);
  }
  if (fields.callback !== undefined && types.isGeneratorFunction(operation.method)) {
    throw new TrefoilError('TREFOIL_DECORATOR_OPTIONS', {
      attempted: `Reading the options of ${source}`,
      where: `${operation.place} callback`,
      expected: 'a method that answers by a callback',
      given: 'a generator method, which calls back when it is asked for its next value',
      todo: 'Leave the option out: a generator is observed as long as it lasts.',
    });
  }
  for (const [field, value] of Object.entries(fields) as [string, unknown][]) {
    if (value === undefined) continue;
    const before = sources.get(field);
    if (before !== undefined) {
      throw conflict(operation, field, 'it in one decorator of the stack', `it in ${before} and in ${source}`);
    }
    Object.assign(operation.fields, { [field]: value });
    sources.set(field, source);
  }
}

/** The event type given, else the one that the method's name stands for; a name that says nothing is refused. */
export function eventTypeFor(source: string, operation: Operation, given: AuditEventType | undefined): AuditEventType {
  const event = given ?? inferEventType(operation.key);
  if (event !== undefined) return event;
  throw new TrefoilError('TREFOIL_EVENT_TYPE_REQUIRED', {
    attempted: `Declaring the audit event of ${source}`,
    where: operation.place,
    expected: 'a name that begins with a known verb (get, list, create, update, delete, …) or the option `event`',
    given: `the name ${operation.methodName} and no event`,
    todo: "Say what it does to the store, for example { event: 'update' }.",
  });
}

function conflict(operation: Operation, what: string, expected: string, given: string): TrefoilError {
  return new TrefoilError('TREFOIL_DECORATOR_CONFLICT', {
    attempted: `Declaring ${what}`,
    where: operation.place,
    expected,
    given,
    todo: 'Keep one of the two.',
  });
}
