import { NextIndex } from './characters';

const maxUserLength = 250;
const maxPasswordLength = 250;
const maxEncodedLength = 500;
/** What ends the part of a URL that names the host. */
const authorityEnd = /[\s/?#"'<>`]/g;
const encodedEnd = /[\s"'<>/&]/;
/** What ends anything in a URL. */
const urlEnd = /[\s"'<>`]/;
const userEnd = /[\s/?#@:"'<>`]/g;
/** Not a password, but a port, or none. */
const port = /\d{0,5}[/?#]/y;

/** A text without the credentials in its URLs: `https://user:password@host`, also with a password that has slashes. */
export function redactUserInfo(text: string, replacement: string): string {
  const ats = new NextIndex(text, '@');
  let clean = '';
  let from = 0;
  for (let start = nextAuthority(text, 0); start !== -1;) {
    const end = endOfUserInfo(text, start, ats);
    if (end !== undefined) {
      clean += `${text.slice(from, start)}${replacement}`;
      from = end;
    }
    start = nextAuthority(text, end ?? start);
  }
  return from === 0 ? text : clean + text.slice(from);
}

/** What follows the next `://`, its slashes escaped or not. */
function nextAuthority(text: string, from: number): number {
  for (let at = text.indexOf('/', from); at !== -1; at = text.indexOf('/', at + 1)) {
    if (text[text[at - 1] === '\\' ? at - 2 : at - 1] !== ':') continue;
    if (text[at + 1] === '/') return at + 2;
    if (text[at + 1] === '\\' && text[at + 2] === '/') return at + 3;
  }
  return -1;
}

/** Where the at sign is that ends the credentials. */
function endOfUserInfo(text: string, start: number, ats: NextIndex): number | undefined {
  const first = ats.from(start);
  if (first >= text.length) return undefined;
  const authority = indexOf(authorityEnd, text, start);
  if (first < authority) {
    const last = text.lastIndexOf('@', authority - 1);
    return last > start ? last : undefined;
  }
  // A slash in a password is written as it is, against the rules.
  if (first - start > maxUserLength + maxPasswordLength) return undefined;
  const colon = indexOf(userEnd, text, start);
  if (text[colon] !== ':' || colon - start > maxUserLength || first - colon - 1 > maxPasswordLength) return undefined;
  port.lastIndex = colon + 1;
  return port.test(text) || urlEnd.test(text.slice(colon, first)) ? undefined : first;
}

/** The same where the URL is the value in another one: `%3A%2F%2Fuser%3Apassword%40host`. */
export function redactEncodedUserInfo(text: string, replacement: string): string {
  const ats = new NextIndex(text, '%40');
  const lead = /%3a%2f%2f/gi;
  let clean = '';
  let from = 0;
  for (let match = lead.exec(text); match !== null; match = lead.exec(text)) {
    const start = lead.lastIndex;
    const at = ats.from(start);
    if (at >= text.length) break;
    if (at === start || at - start > maxEncodedLength || encodedEnd.test(text.slice(start, at))) continue;
    clean += `${text.slice(from, start)}${replacement}`;
    from = at;
    lead.lastIndex = at;
  }
  return from === 0 ? text : clean + text.slice(from);
}

function indexOf(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}
