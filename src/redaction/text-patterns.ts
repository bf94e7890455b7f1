import type * as Re2 from 're2js';
import { describeValue, TrefoilError } from '../errors';

/** Flags of JavaScript's that mean something here; the others say how a text is searched, which is not up to them. */
const inlineFlags = { i: 'i', m: 'm', s: 's' } as const;

/**
 * The user's own patterns, on an engine whose time grows with the length of a text and not with how a pattern can be
 * tried (see docs/design/decisions/0009-patterns-on-a-linear-engine.md).
 */
export class TextPatterns {
  readonly #patterns: readonly Re2.RE2JS[];

  /** @throws TrefoilError `TREFOIL_OPTIONS_INVALID` */
  constructor(patterns: readonly (string | RegExp)[]) {
    this.#patterns = patterns.map((pattern, index) => compile(pattern, `patterns.${index}`));
  }

  /** A text with everything replaced that matches; a match of nothing is none. */
  redact(text: string, replacement: string): string {
    let clean = text;
    for (const pattern of this.#patterns) clean = replaceMatches(clean, pattern, replacement);
    return clean;
  }
}

function replaceMatches(text: string, pattern: Re2.RE2JS, replacement: string): string {
  const matcher = pattern.matcher(text);
  let clean = '';
  let from = 0;
  while (matcher.find()) {
    const [start, end] = [matcher.start(), matcher.end()];
    if (start === end) continue;
    clean += text.slice(from, start) + replacement;
    from = end;
  }
  return from === 0 ? text : clean + text.slice(from);
}

function compile(pattern: string | RegExp, where: string): Re2.RE2JS {
  // Most redactors have no patterns, and need not wait for the engine to be loaded.
  const { RE2JS } = require('re2js') as typeof Re2;
  try {
    const flags = typeof pattern === 'string' ? '' : flagsOf(pattern);
    return RE2JS.compile(`${flags}${RE2JS.translateRegExp(typeof pattern === 'string' ? pattern : pattern.source)}`);
  } catch (cause) {
    throw new TrefoilError(
      'TREFOIL_OPTIONS_INVALID',
      {
        attempted: 'Compiling a pattern of the redaction',
        where,
        expected: 'a regular expression without lookarounds and back-references',
        given: `${describeValue(String(pattern))}: ${cause instanceof Error ? cause.message : 'it cannot be compiled'}`,
        todo: 'Rewrite the pattern, or name the fields in fieldsToRedact.',
      },
      { cause },
    );
  }
}

function flagsOf({ flags }: RegExp): string {
  const inline = Object.entries(inlineFlags).flatMap(([flag, letter]) => (flags.includes(flag) ? [letter] : []));
  return inline.length === 0 ? '' : `(?${inline.join('')})`;
}
