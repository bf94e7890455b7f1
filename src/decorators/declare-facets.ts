import { types } from 'node:util';
import { TrefoilError } from '../errors';
import type { AuditEventType } from '../call/event-type';
import { facetNames, type CallFields, type Facets, type Operation } from '../call/operation';
import { inferEventType } from './infer-event-type';

/** What one decorator adds to an operation. */
export interface Declaration {
  readonly decorator: string;
  readonly facets: Facets;
  readonly fields: CallFields;
}

const declaredBy = new WeakMap<Operation, Map<string, string>>();

/**
 * Adds facets and fields to an operation. `@Observed` gives all four facets as defaults, which a single decorator in
 * the same stack replaces; anything else given twice is a contradiction and refused.
 */
export function declareFacets(operation: Operation, declaration: Declaration): void {
  const { decorator, facets, fields } = declaration;
  let sources = declaredBy.get(operation);
  if (sources === undefined) {
    sources = new Map();
    declaredBy.set(operation, sources);
  }
  if ([...sources.values()].includes(decorator)) {
    throw conflict(operation, `@${decorator}`, 'one decorator of each kind', `@${decorator} twice`);
  }
  for (const name of facetNames) {
    if (facets[name] === undefined) continue;
    if (decorator === 'Observed' && operation.facets[name] !== undefined) continue;
    Object.assign(operation.facets, { [name]: facets[name] });
    sources.set(name, decorator);
  }
  if (fields.callback !== undefined && types.isGeneratorFunction(operation.method)) {
    throw new TrefoilError('TREFOIL_DECORATOR_OPTIONS', {
      attempted: `Reading the options of @${decorator}`,
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
      throw conflict(operation, field, 'it in one decorator of the stack', `it in @${before} and in @${decorator}`);
    }
    Object.assign(operation.fields, { [field]: value });
    sources.set(field, decorator);
  }
}

/** The event type given, else the one that the method's name stands for; a name that says nothing is refused. */
export function eventTypeFor(
  decorator: string,
  operation: Operation,
  given: AuditEventType | undefined,
): AuditEventType {
  const event = given ?? inferEventType(operation.key);
  if (event !== undefined) return event;
  throw new TrefoilError('TREFOIL_EVENT_TYPE_REQUIRED', {
    attempted: `Declaring the audit event of @${decorator}`,
    where: operation.place,
    expected: 'a name that begins with a known verb (get, list, create, update, delete, …) or the option `event`',
    given: `the name ${operation.methodName} and no event`,
    todo: `Say what the method does to the store, for example @${decorator}({ event: 'update' }).`,
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
