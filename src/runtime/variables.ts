import { isHttpUrl } from '../tracing/tracer-options';
import { shownText } from '../validate-options';

/** Reads one variable; an empty one counts as unset, and one that cannot be used is noted. */
export type ReadVariable = <Value>(
  name: string,
  /** @param note tells of a part that cannot be used, where the rest can */
  parse: (text: string, note: (complaint: string) => void) => Value | undefined,
  expected: string,
  /** A secret is not shown where it cannot be used. */
  isSecret?: boolean,
) => Value | undefined;

/** One of some names, in any case. */
export function oneOf<Name extends string>(names: readonly Name[]): (text: string) => Name | undefined {
  return (text) => names.find((name) => name === text.toLowerCase());
}

export const anHttpUrl = 'an http or https URL';

export function parseUrl(text: string): string | undefined {
  return isHttpUrl(text) ? text : undefined;
}

export function parseFromZero(text: string): number | undefined {
  const number = Number(text);
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

export function parseFromOne(text: string): number | undefined {
  const number = parseFromZero(text);
  return number === 0 ? undefined : number;
}

/** As long as Node's timers can wait. */
export function parseTimeoutMs(text: string): number | undefined {
  const ms = parseFromOne(text);
  return ms !== undefined && ms < 2 ** 31 ? ms : undefined;
}

/** Some of a list of names, in any case, each once; what is none of them is told and left out. */
export function someOf<Name extends string>(
  names: readonly Name[],
  what: string,
): (text: string, note: (complaint: string) => void) => readonly Name[] | undefined {
  return (text, note) => {
    const given = [...new Set(entriesOf(text).map((entry) => entry.toLowerCase()))];
    const known = names.filter((name) => given.some((other) => other === name));
    if (known.length === 0) return undefined;
    for (const name of given) {
      if (!known.some((other) => other === name)) note(`no ${what} of that name: ${shownText(name)}`);
    }
    // In the order in which they are given.
    return known.sort((one, other) => given.indexOf(one) - given.indexOf(other));
  };
}

/**
 * `key=value,key=value`, percent-encoded: as OpenTelemetry's specification has resources and headers. An entry that cannot
 * be used is told by its place, since it may be a secret, and left out.
 */
export function parsePairs(
  text: string,
  note: (complaint: string) => void,
  isUsable: (key: string, value: string) => boolean = () => true,
): Record<string, string> | undefined {
  const entries = entriesOf(text);
  const pairs = entries.map((entry) => parsePair(entry));
  const usable = pairs.map((pair) => (pair !== undefined && isUsable(...pair) ? pair : undefined));
  if (usable.every((pair) => pair === undefined)) return undefined;
  for (const [index, pair] of usable.entries()) {
    if (pair === undefined) note(`entry ${index + 1} of ${entries.length} cannot be used`);
  }
  return Object.fromEntries(usable.filter((pair) => pair !== undefined));
}

function parsePair(entry: string): [string, string] | undefined {
  const at = entry.indexOf('=');
  if (at <= 0) return undefined;
  try {
    return [decodeURIComponent(entry.slice(0, at).trim()), decodeURIComponent(entry.slice(at + 1).trim())];
  } catch {
    return undefined;
  }
}

function entriesOf(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** Without what is `undefined`, so that it can be laid over something else. */
export function given<Values extends object>(
  values: Values,
): { readonly [Key in keyof Values]?: Exclude<Values[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as ReturnType<
    typeof given<Values>
  >;
}
