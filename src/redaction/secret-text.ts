import { redactFlags, redactPairs } from './secret-pairs';
import { redactParts } from './secret-parts';
import { redactPatterns, redactPrivateKeys, type SecretRules } from './secret-patterns';

/** How much of a text is kept. */
export const maxTextLength = 16_384;

/** A text that has none of this has no secret that can be told; most texts end here. */
const suspicious = /[=:@<%[\u0080-\uffff]|--| -[a-zA-Z]|&lt;|[bB][eE][aA][rR][eE][rR]|[bB][aA][sS][iI][cC]|eyJ/;
const beyondAscii = /[^\n\r\t -~]/;
/** Invisible characters and colours of a terminal. */
const decoration = /\p{Cf}|\u001b\[[\d;]{0,20}m/gu;

export function isSuspicious(text: string): boolean {
  return suspicious.test(text);
}

/** A text with its secrets replaced. Full-width letters and the like are read as what they look like. */
export function redactSecrets(text: string, rules: SecretRules): string {
  if (beyondAscii.test(text)) {
    const plain = text.normalize('NFKC').replace(decoration, '');
    const clean = redactPlain(plain, rules);
    // A text without secrets is not changed at all.
    return clean === plain ? text : clean;
  }
  return redactPlain(text, rules);
}

function redactPlain(text: string, rules: SecretRules): string {
  let clean = redactPrivateKeys(text, rules.replacement);
  if (clean.includes('-')) clean = redactFlags(clean, rules);
  if (clean.includes('form-data')) clean = redactParts(clean, rules);
  clean = redactPairs(clean, rules);
  return redactPatterns(clean, rules);
}

/**
 * As much of a text as is kept, to be redacted afterwards. What begins like a token, a credential or a URL with a
 * password at the very end is left out: without its end it could not be told. Of what patterns of the user's look for,
 * nobody knows the beginning: they get whole words.
 */
export function keptPart(text: string, wholeWords: boolean): string {
  if (text.length <= maxTextLength) return text;
  const kept = text.slice(0, maxTextLength);
  let start = kept.length;
  while (start > 0 && !/[\s"'<>]/.test(kept[start - 1] as string)) start -= 1;
  if (wholeWords) return kept.slice(0, start);
  if (/basic\s+$/i.test(kept.slice(Math.max(0, start - 20), start))) return kept.slice(0, start);
  const begun = kept.slice(start).search(/eyJ|:\/\/|%3a%2f%2f/i);
  return begun === -1 ? kept : kept.slice(0, start + begun);
}
