import { isHttpUrl } from '../tracing/tracer-options';

/** Reads one variable; an empty one counts as unset, and one that cannot be used is noted. */
export type ReadVariable = <Value>(
  name: string,
  parse: (text: string) => Value | undefined,
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

/** `key=value,key=value`, percent-encoded: as OpenTelemetry's specification has resources and headers. */
export function parsePairs(text: string): Record<string, string> | undefined {
  const pairs: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=');
    if (at <= 0) return undefined;
    try {
      pairs[decodeURIComponent(pair.slice(0, at).trim())] = decodeURIComponent(pair.slice(at + 1).trim());
    } catch {
      return undefined;
    }
  }
  return pairs;
}

/** Without what is `undefined`, so that it can be laid over something else. */
export function given<Values extends object>(
  values: Values,
): { readonly [Key in keyof Values]?: Exclude<Values[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as ReturnType<
    typeof given<Values>
  >;
}
