import type { SecretRules } from './secret-rules';
import { redactCredentials } from './text/auth-schemes';
import { redactCards } from './text/card-numbers';
import { redactParts } from './text/form-parts';
import {
  redactElements,
  redactGluedPasswords,
  redactPrivateKeys,
  redactSqlPasswords,
  redactWebhooks,
} from './text/known-places';
import { redactTokens, tokenBeginning } from './text/known-tokens';
import { redactFlags, redactPairs } from './text/secret-pairs';
import { redactEncodedUserInfo, redactUserInfo } from './text/url-credentials';

/** How much of a text is kept. */
export const maxTextLength = 16_384;

const beyondAscii = /[^\n\r\t -~]/;
/** By how much a text may grow when it is read as what it looks like. */
const maxGrowth = 128;
/** Invisible characters and colours of a terminal. */
const decoration = /\p{Cf}|\u001b\[[\d;]{0,20}m/gu;

/** How much work it is to search a text, in characters of one that is ASCII. */
export function searchCost(text: string): number {
  return beyondAscii.test(text) ? 3 * text.length : text.length;
}

/** A text with its secrets replaced. Full-width letters and the like are read as what they look like. */
export function redactSecrets(text: string, rules: SecretRules): string {
  if (!beyondAscii.test(text)) return redactPlain(text, rules);
  // Some characters stand for as many as eighteen.
  const whole = text.normalize('NFKC').replace(decoration, '');
  const plain = whole.slice(0, 2 * text.length + maxGrowth);
  const clean = redactPlain(plain, rules);
  // A text without secrets is not changed at all, if all of it was read.
  return clean === whole ? text : clean;
}

function redactPlain(text: string, rules: SecretRules): string {
  const { replacement } = rules;
  let clean = redactPrivateKeys(text, replacement);
  if (clean.includes('-')) clean = redactFlags(clean, rules);
  if (clean.includes('form-data')) clean = redactParts(clean, rules);
  clean = redactPairs(clean, rules);
  clean = redactSqlPasswords(clean, replacement);
  if (clean.includes('@')) clean = redactUserInfo(clean, replacement);
  if (clean.includes('%40')) clean = redactEncodedUserInfo(clean, replacement);
  if (clean.includes(' -p')) clean = redactGluedPasswords(clean, replacement);
  clean = redactCredentials(clean, replacement);
  clean = redactTokens(clean, replacement);
  if (clean.includes('hooks.slack.com/')) clean = redactWebhooks(clean, replacement);
  clean = redactCards(clean, replacement);
  return clean.includes('<') || clean.includes('&lt;') ? redactElements(clean, rules) : clean;
}

/**
 * As much of a text as is kept, to be redacted afterwards. What begins like a token, a credential, the number of a card
 * or a URL with a password at the very end is left out: without its end it could not be told. Of what patterns of the
 * user's look for, nobody knows the beginning: they get whole words.
 */
export function keptPart(text: string, wholeWords: boolean): string {
  if (text.length <= maxTextLength) return text;
  const kept = text.slice(0, maxTextLength);
  let start = kept.length;
  while (start > 0 && !/[\s"'<>]/.test(kept[start - 1] as string)) start -= 1;
  if (wholeWords) return kept.slice(0, start);
  if (/(?:basic|bearer)[\s:+]+$/i.test(kept.slice(Math.max(0, start - 20), start))) return kept.slice(0, start);
  const last = kept.slice(start);
  const begun = [last.search(/:\/\/|%3a%2f%2f/i), tokenBeginning(last)].filter((at) => at !== -1);
  if (begun.length > 0) return kept.slice(0, start + Math.min(...begun));
  let end = kept.length;
  while (end > kept.length - 24 && /[\d -]/.test(kept[end - 1] as string)) end -= 1;
  return /\d/.test(kept.slice(end)) ? kept.slice(0, end) : kept;
}
