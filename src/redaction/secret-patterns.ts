import type { SecretNames } from './secret-names';
import type { TextPatterns } from './text-patterns';

/** What is a secret, and what is put in its place. */
export interface SecretRules {
  readonly names: SecretNames;
  readonly replacement: string;
  /** The user's own. */
  readonly patterns?: TextPatterns | undefined;
}

// Every pattern is linear: what repeats is bounded, or cannot begin again inside itself.
const privateKey =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g;
const userInfo = /(:(?:\\?\/){2})(?:[^\s/?#"'<>`]+|[^\s/?#@:"'<>`]{0,250}:(?!\d{0,5}[/?#])[^\s@"'<>`]{0,250})@/g;
const encodedUserInfo = /(%3a%2f%2f)[^\s"'<>/&]{1,500}?%40/gi;
const scheme = /\b(bearer|basic)((?:[\s:+]|%20){1,20})([^\s"'`,;<>)}\]\\&]+)/gi;
/** The one common flag that its value is glued to. */
const gluedPassword =
  /(\b(?:mysql|mariadb)[\w-]{0,20}\s[^\n|;]{0,300}?(?<=\s)-p)(?=[^\s-])([^\s"'|;]+|"[^"]*"|'[^']*')/gi;
const dottedRun = /[\w.-]{20,}/g;
const element = /(?:<|&lt;)([\w:.-]{1,100})(?:\s[^<>&]{0,1000})?(?:>|&gt;)/g;
const elementEnd = /<\/|&lt;\//g;
const lineEnd = /\r|\n|$/g;

/** A text without private keys in PEM. */
export function redactPrivateKeys(text: string, replacement: string): string {
  return text.includes('-----BEGIN') ? text.replace(privateKey, () => replacement) : text;
}

/** A text without the secrets that are known by their form: credentials in URLs and headers, tokens, elements. */
export function redactPatterns(text: string, rules: SecretRules): string {
  const { replacement } = rules;
  let clean = text;
  if (clean.includes('@')) clean = clean.replace(userInfo, (_match, lead: string) => `${lead}${replacement}@`);
  if (clean.includes('%40'))
    clean = clean.replace(encodedUserInfo, (_match, lead: string) => `${lead}${replacement}%40`);
  if (clean.includes('-p')) clean = clean.replace(gluedPassword, (_match, lead: string) => `${lead}${replacement}`);
  clean = redactCredentials(clean, replacement);
  if (clean.includes('eyJ')) clean = clean.replace(dottedRun, (run) => redactToken(run, replacement));
  return clean.includes('<') || clean.includes('&lt;') ? redactElements(clean, rules) : clean;
}

/** What follows Bearer or Basic; the latter is a word, too, and no credential is in small letters alone. */
function redactCredentials(text: string, replacement: string): string {
  return text.replace(scheme, (match: string, name: string, gap: string, value: string, at: number) => {
    const lead = `${name}${gap}`;
    if (text.startsWith(replacement, at + lead.length)) return match;
    const isCredential = name.toLowerCase() === 'bearer' || (value.length >= 4 && /[A-Z0-9+/=]/.test(value));
    return isCredential ? `${lead}${replacement}` : match;
  });
}

/** A JSON web token: what begins as base64url of `{"` and has at least two dots behind it. */
function redactToken(run: string, replacement: string): string {
  const start = run.indexOf('eyJ');
  const dot = start === -1 ? -1 : run.indexOf('.', start);
  return dot !== -1 && run.lastIndexOf('.') > dot + 1 ? `${run.slice(0, start)}${replacement}` : run;
}

/** `<password>…</password>`, escaped or not; without its end, up to the end of the line. */
function redactElements(text: string, { names, replacement }: SecretRules): string {
  const lastEnd = Math.max(text.lastIndexOf('</'), text.lastIndexOf('&lt;/'));
  let clean = '';
  let from = 0;
  for (const match of text.matchAll(element)) {
    const [tag, name = ''] = match;
    if (match.index < from || !names.has(name)) continue;
    const start = match.index + tag.length;
    clean += text.slice(from, start) + replacement;
    const end = start <= lastEnd ? elementEnd : lineEnd;
    end.lastIndex = start;
    from = end.exec(text)?.index ?? text.length;
  }
  return clean + text.slice(from);
}
