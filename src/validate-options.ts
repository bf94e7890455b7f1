import { safeParse, type BaseIssue, type GenericSchema, type InferOutput } from 'valibot';
import { describeValue, TrefoilError, type TrefoilErrorCode } from './errors';

/** What to say around the path of a wrong option. */
export interface ValidationSubject {
  readonly code: TrefoilErrorCode;
  /** What was attempted, such as `Reading the options of initializeObservability`. */
  readonly attempted: string;
  /** What the option's path is put behind; may be empty. */
  readonly where?: string;
  readonly todo: string;
}

type Issue = BaseIssue<unknown>;

/** Validates once; what is wrong is refused with the option's path, what was expected and what was given. */
export function validateOptions<Schema extends GenericSchema>(
  schema: Schema,
  input: unknown,
  subject: ValidationSubject,
): InferOutput<Schema> {
  const result = safeParse(schema, input, { abortEarly: true });
  if (result.success) return result.output;
  const issue = mostTelling(result.issues[0]);
  const path = (issue.path ?? []).map((item) => String(item.key)).join('.');
  // Without the issues as its cause: they hold all options, keys and headers too, and what nobody catches is printed.
  throw new TrefoilError(subject.code, {
    attempted: subject.attempted,
    where: [subject.where ?? '', path === '' ? 'the options' : path].filter((part) => part !== '').join(' '),
    ...comparison(issue),
    todo: subject.todo,
  });
}

/** Of the alternatives of a union, the one that failed deeper inside is the one that was meant. */
function mostTelling(issue: Issue): Issue {
  const deeper = issue.issues?.find((inner) => inner.path !== undefined);
  if (issue.type !== 'union' || deeper === undefined) return issue;
  return { ...mostTelling(deeper), path: [...(issue.path ?? []), ...(deeper.path ?? [])] } as Issue;
}

function comparison(issue: Issue): { expected: string; given: string } {
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    return { expected: 'no option of that name', given: `the unknown option ${issue.received}` };
  }
  // Of an entry that is missing the library says its name.
  if (/^(strict_)?object$/.test(issue.type) && issue.expected !== 'Object')
    return { expected: 'a value', given: 'none' };
  // A message of our own says it better than the library's notation, such as `!0` for "not empty".
  const isOurs = !issue.message.startsWith('Invalid ');
  const spelled = isOurs || issue.expected === null ? issue.message : issue.expected;
  const inWords = plainWords[spelled] ?? spelled.replace(/^\((.*)\)$/, '$1').replaceAll(' | ', ' or ');
  return { expected: inWords, given: describeValue(issue.input) };
}

/** For what the library calls by the names of classes. */
const plainWords: Readonly<Record<string, string>> = { Array: 'a list', Object: 'an object' };
