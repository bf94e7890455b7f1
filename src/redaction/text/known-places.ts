import type { SecretRules } from '../secret-rules';

const privateKeyHead = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;
const privateKeyEnd = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;
const element = /(?:<|&lt;)([\w:.-]{1,100})(?:\s[^<>&]{0,1000})?(?:>|&gt;)/g;
const elementEnd = /<\/|&lt;\//g;
const lineEnd = /\r|\n|$/g;
/** The one common flag that its value is glued to, and whose command it is. */
const commandPart = /\b(?:mysql|mariadb)|[\n|;]|\s-p(?=[^\s-])/gi;
const gluedValue = /"[^"]*"|'[^']*'|[^\s"'|;]+/y;
const maxCommandLength = 320;
const quoted = `'((?:[^'\\\\]|''|\\\\.)*)|"((?:[^"\\\\]|""|\\\\.)*)`;
/** How SQL sets a password; the name and its value have nothing but blanks between them. */
const sqlPassword = new RegExp(
  `\\b(identified(?:\\s+with\\s+\\S{1,64})?\\s+(?:by|as)(?:\\s+password|\\s+values)?|passw(?:or)?d|passphrase|passcode|pwd)\\s+(?:${quoted}|([^\\s;,'"]+))`,
  'gi',
);
const statement = /\b(?:create|alter)\s+(?:user|role)\b/i;
const maxStatementLength = 200;
const webhook = /(hooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/-]{8,200}/g;

/** A text without private keys in PEM; one that has no end goes to the end of the text. */
export function redactPrivateKeys(text: string, replacement: string): string {
  let clean = '';
  let from = 0;
  for (let begin = text.indexOf('-----BEGIN'); begin !== -1;) {
    privateKeyHead.lastIndex = begin;
    if (!privateKeyHead.test(text)) {
      begin = text.indexOf('-----BEGIN', begin + 1);
      continue;
    }
    let end = text.indexOf('-----END', privateKeyHead.lastIndex);
    for (privateKeyEnd.lastIndex = end; end !== -1 && !privateKeyEnd.test(text); privateKeyEnd.lastIndex = end) {
      end = text.indexOf('-----END', end + 1);
    }
    clean += text.slice(from, begin) + replacement;
    if (end === -1) return clean;
    from = privateKeyEnd.lastIndex;
    begin = text.indexOf('-----BEGIN', from);
  }
  return from === 0 ? text : clean + text.slice(from);
}

/** `<password>…</password>`, escaped or not; without its end, up to the end of the line. */
export function redactElements(text: string, { names, replacement }: SecretRules): string {
  const lastEnd = Math.max(text.lastIndexOf('</'), text.lastIndexOf('&lt;/'));
  let clean = '';
  let from = 0;
  for (const match of text.matchAll(element)) {
    const [tag, name = ''] = match;
    if (match.index < from || !names.has(name)) continue;
    const start = match.index + tag.length;
    const end = start <= lastEnd ? elementEnd : lineEnd;
    end.lastIndex = start;
    const closed = end.exec(text)?.index ?? text.length;
    if (closed > start) clean += text.slice(from, start) + replacement;
    else clean += text.slice(from, start);
    from = closed;
  }
  return clean + text.slice(from);
}

/** `mysql -u root -pPASSWORD`. */
export function redactGluedPasswords(text: string, replacement: string): string {
  let clean = '';
  let from = 0;
  let client = Number.NEGATIVE_INFINITY;
  commandPart.lastIndex = 0;
  for (let match = commandPart.exec(text); match !== null; match = commandPart.exec(text)) {
    const [part] = match;
    if (part.length === 1) client = Number.NEGATIVE_INFINITY;
    else if (part.length > 3) client = match.index;
    else if (match.index - client < maxCommandLength) {
      gluedValue.lastIndex = commandPart.lastIndex;
      if (!gluedValue.test(text)) continue;
      clean += text.slice(from, commandPart.lastIndex) + replacement;
      from = gluedValue.lastIndex;
      commandPart.lastIndex = from;
    }
  }
  return from === 0 ? text : clean + text.slice(from);
}

/** `IDENTIFIED BY 'password'`, `WITH PASSWORD 'password'`; without quotes only in a statement about a user. */
export function redactSqlPasswords(text: string, replacement: string): string {
  return text.replace(
    sqlPassword,
    (match: string, lead: string, single?: string, double?: string, bare?: string, at?: number) => {
      const value = single ?? double ?? bare ?? '';
      if (value === '' || value.startsWith(replacement)) return match;
      if (bare !== undefined) {
        const before = text.slice(Math.max(0, (at ?? 0) - maxStatementLength), at);
        if (!/^identified/i.test(lead) || !statement.test(before)) return match;
      }
      return match.slice(0, match.length - value.length) + replacement;
    },
  );
}

/** The addresses of webhooks, which whoever has them can write to. */
export function redactWebhooks(text: string, replacement: string): string {
  return text.replace(webhook, (_match, lead: string) => lead + replacement);
}
