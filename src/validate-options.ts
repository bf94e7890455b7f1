import { getDotPath, safeParse, type BaseIssue, type GenericSchema, type InferOutput } from 'valibot';
import { describeValue, TrefoilError, type TrefoilErrorCode, type WrongValue } from './errors';
import { nearestName } from './nearest-name';
import { SecretNames } from './redaction/secret-names';
import { ValueCopier } from './redaction/value-copier';
import { isObjectOfOptions, misshapenIn, namesAt, type Misshapen } from './schema-nodes';

/** What to say around the paths of wrong options. */
export interface ValidationSubject {
  readonly code: TrefoilErrorCode;
  /** What was attempted, such as `Reading the options of initializeObservability`. */
  readonly attempted: string;
  /** What the option's path is put behind; may be empty. */
  readonly where?: string;
  readonly todo: string;
  /** What an unknown name in a section, or a wrong value of an option, is called here; both by their path. */
  readonly hint?: (path: string, given: string) => string | undefined;
}

/**
 * Validates the options of a public constructor or function: unknown names and wrong values are refused, all at once.
 *
 * @param owner what takes the options, such as `CompositeAuditBackend`
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`
 */
export function checkOptions<Schema extends GenericSchema>(
  schema: Schema,
  input: unknown,
  owner: string,
): InferOutput<Schema> {
  return validateOptions(schema, input, {
    code: 'TREFOIL_OPTIONS_INVALID',
    attempted: `Reading the options of ${owner}`,
    todo: 'Correct the option; the documentation lists them all.',
  });
}

/**
 * Validates once. What is wrong is refused, all of it at once: each with the option's path, what was expected, what was
 * given, and the known name that is nearest to it.
 */
export function validateOptions<Schema extends GenericSchema>(
  schema: Schema,
  input: unknown,
  subject: ValidationSubject,
): InferOutput<Schema> {
  const where = subject.where ?? '';
  const misshapen = isObjectOfOptions(input) ? misshapenIn(schema, input) : [{ path: [], given: input }];
  const result = safeParse(schema, input);
  const issues = (result.issues ?? []).flatMap(mostTelling).filter((issue) => !misshapen.some(isAbove(issue)));
  const [first, ...others] = [
    ...misshapen.map(({ path, given }) => notAnObject(placeOf(where, path.join('.')), given)),
    ...issues.flatMap((issue) => wrongValues(schema, issue, where, subject.hint)),
  ];
  if (first === undefined) return result.output;
  // Without the issues as its cause: they hold all options, keys and headers too, and what nobody catches is printed.
  throw new TrefoilError(subject.code, {
    attempted: subject.attempted,
    ...first,
    ...(others.length === 0 ? {} : { others }),
    todo: subject.todo,
  });
}

type Issue = BaseIssue<unknown>;
type Hint = ValidationSubject['hint'];

function wrongValues(schema: GenericSchema, issue: Issue, where: string, hint: Hint): WrongValue[] {
  const place = placeOf(where, getDotPath(issue) ?? '');
  if (issue.type === 'strict_object' && issue.expected === 'never') return unknownNames(schema, issue, place, hint);
  return [{ where: place, ...comparison(issue, hint) }];
}

/** What is no object has no options that could be wrong as well. */
function isAbove({ path = [] as never }: Issue): (misshapen: Misshapen) => boolean {
  return (misshapen) => misshapen.path.every((key, index) => String(path[index]?.key) === String(key));
}

function notAnObject(where: string, given: unknown): WrongValue {
  return { where, expected: 'an object', given: describeValue(given) };
}

function placeOf(where: string, path: string): string {
  return [where, path === '' ? 'the options' : path].filter((part) => part !== '').join(' ');
}

/** Of the alternatives of a union, the one that failed deeper inside is the one that was meant. */
function mostTelling(issue: Issue): Issue[] {
  const deeper = issue.type === 'union' ? (issue.issues ?? []).filter(({ path }) => path !== undefined) : [];
  if (deeper.length === 0) return [issue];
  return deeper
    .flatMap(mostTelling)
    .map((inner) => ({ ...inner, path: [...(issue.path ?? []), ...(inner.path ?? [])] }) as Issue);
}

/** The library tells the first name that is unknown; all of them are wrong. */
function unknownNames(schema: GenericSchema, { path = [] as never }: Issue, place: string, hint: Hint): WrongValue[] {
  const { input, key } = path.at(-1) as { readonly input: object; readonly key: unknown };
  const section = path.slice(0, -1).map((item) => String(item.key));
  const known = namesAt(schema, section);
  const meant = (name: string): string => {
    const hinted = hint?.(section.join('.'), name) ?? placesElsewhere(schema, section, name);
    return hinted === undefined ? didYouMean(name, known) : meaning(hinted);
  };
  const before = place.slice(0, place.length - String(key).length);
  const unknown = Object.keys(input).filter((name) => !known.includes(name));
  return (unknown.length === 0 ? [String(key)] : unknown).map((name) => ({
    where: `${before}${shownName(name)}`,
    expected: 'no option of that name',
    given: `the unknown option ${JSON.stringify(shownName(name))}${meant(name)}`,
  }));
}

/** The sections beside this one, or below, that have an option of that very name. */
function placesElsewhere(schema: GenericSchema, section: readonly string[], name: string): string | undefined {
  if (section.length > 1) return undefined;
  const places = namesAt(schema, [])
    .filter((other) => other !== 'environments' && namesAt(schema, [other]).includes(name))
    .map((other) => `${other}.${name}`);
  if (namesAt(schema, []).includes(name)) places.unshift(name);
  return places.length === 0 ? undefined : places.join(' or ');
}

function comparison(issue: Issue, hint: Hint): { readonly expected: string; readonly given: string } {
  // Of an entry that is missing the library says its name.
  if (/^(strict_|loose_)?object$/.test(issue.type) && issue.expected !== 'Object')
    return { expected: 'a value', given: 'none' };
  // A message of our own says it better than the library's notation, such as `!0` for "not empty".
  const isOurs = !issue.message.startsWith('Invalid ');
  const spelled = isOurs || issue.expected === null ? issue.message : issue.expected;
  const inWords = plainWords[spelled] ?? spelled.replace(/^\((.*)\)$/, '$1').replaceAll(' | ', ' or ');
  const names = Array.from(inWords.matchAll(/"([^"]*)"/g), ([, name]) => name ?? '');
  const { input } = issue;
  const given = `${isTextOf(inWords, input) ? 'the text ' : ''}${shownValue(issue)}`;
  if (typeof input !== 'string') return { expected: inWords, given };
  const hinted = hint?.(getDotPath(issue) ?? '', input.toLowerCase());
  return { expected: inWords, given: given + (hinted === undefined ? didYouMean(input, names) : meaning(hinted)) };
}

/** A number or a truth value in quotes, as variables have them, looks like what was expected. */
function isTextOf(expected: string, input: unknown): boolean {
  if (typeof input !== 'string') return false;
  if (/^(true|false)$/i.test(input)) return /\bfalse\b/.test(expected);
  return /\b(number|port|false)\b/.test(expected) && input.trim() !== '' && Number.isFinite(Number(input));
}

/** For what the library calls by the names of classes. */
const plainWords: Readonly<Record<string, string>> = {
  Array: 'a list',
  Object: 'an object',
  boolean: 'true or false',
  number: 'a number',
  string: 'a text',
  '(false | number)': 'a number or false',
};

function didYouMean(given: string, known: readonly string[]): string {
  const nearest = nearestName(given, known);
  return nearest === undefined ? '' : meaning(JSON.stringify(nearest));
}

function meaning(hint: string): string {
  return ` (did you mean ${hint}?)`;
}

const secretNames = new SecretNames();

/** A key or a header that is wrong is a secret all the same. */
const hiddenNames = new Set(['headers', 'key', 'trustedKeys']);

function shownValue({ input, path = [] as never }: Issue): string {
  if (typeof input !== 'string') return describeValue(input);
  const isSecret = path.some(({ key }) => hiddenNames.has(String(key)) || secretNames.has(String(key)));
  return isSecret ? `a string of ${input.length} characters` : shownText(input);
}

/** A text that cannot be used, as a message may show it: what is no URL may still have a password or a query. */
export function shownText(text: string): string {
  return /[@?]/.test(text) ? `a string of ${text.length} characters` : describeValue(withoutSecrets(text));
}

function shownName(name: string): string {
  return name.length > 60 ? `${withoutSecrets(name).slice(0, 60)}…` : withoutSecrets(name);
}

function withoutSecrets(text: string): string {
  return new ValueCopier({ names: secretNames, replacement: '[REDACTED]' }).text(text);
}
