import type { SecretRules } from './secret-patterns';

/** The head of a part of a form (RFC 7578): its name, and the lines up to the empty one. What repeats is bounded. */
const head =
  /form-data;[^\r\n]{0,200}?\bname=["']?([^"'\r\n;]{1,100})["']?[^\r\n]{0,300}(?:\r?\n[^\r\n]{1,300}){0,5}\r?\n\r?\n/gi;
const boundary = /\r?\n--/g;

/** A multipart body without the parts of secret names; the last one goes to the end of the text. */
export function redactParts(text: string, { names, replacement }: SecretRules): string {
  let clean = '';
  let from = 0;
  for (const match of text.matchAll(head)) {
    const [lines, name = ''] = match;
    if (match.index < from || !names.has(name)) continue;
    const start = match.index + lines.length;
    boundary.lastIndex = start;
    const end = boundary.exec(text)?.index ?? text.length;
    clean += text.slice(from, start) + replacement;
    from = end;
  }
  return clean + text.slice(from);
}
