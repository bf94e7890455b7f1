const scheme = /\b(bearer|basic)((?:[\s:+]|%20){1,20})([^\s"'`,;<>)}\]\\&]+)/gi;
/** What follows `Bearer` in prose, or in a challenge: `Bearer realm="…"`. */
const noBearer = /^(?:[A-Z]?[a-z-]{1,15}[.:?!]*|[\w-]+=.*|\$?\{.*|<.*|%s|\*+|\.{3})$/;
const base64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
const minUndecodable = 16;
const decodedLength = 512;

/** A text without the credentials behind the schemes `Bearer` and `Basic`, both of which are words, too. */
export function redactCredentials(text: string, replacement: string): string {
  return text.replace(scheme, (match: string, name: string, gap: string, value: string, at: number) => {
    const lead = `${name}${gap}`;
    if (text.startsWith(replacement, at + lead.length)) return match;
    const isCredential = name.length === 'bearer'.length ? !isWord(value) : isBasic(value);
    return isCredential ? `${lead}${replacement}` : match;
  });
}

function isWord(value: string): boolean {
  return value.length < 64 && noBearer.test(value);
}

/** Base64 of `user:password` (RFC 7617), or, where it cannot be read, what nobody writes as a word. */
function isBasic(value: string): boolean {
  const read = value.slice(0, decodedLength).replace(/[.:]+$/, '');
  if (!base64.test(read)) return false;
  if (Buffer.from(read, 'base64').includes(58)) return true;
  return read.length >= minUndecodable && /[a-z]/.test(read) && /[A-Z]/.test(read) && /\d/.test(read);
}
