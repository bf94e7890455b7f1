import type { SecretRules } from '../secret-rules';
import { NextIndex } from './characters';

const partName = /\bname=["']?([^"'\r\n;]{1,100})/y;
const boundary = /\r?\n--/g;
/** How far behind `form-data` its name may be, and how many lines of headers may follow. */
const maxNameDistance = 200;
const maxHeaderLines = 6;
const maxLineLength = 400;

/** A multipart body (RFC 7578) without the parts of secret names; the last one goes to the end of the text. */
export function redactParts(text: string, { names, replacement }: SecretRules): string {
  const namesIn = new NextIndex(text, 'name=');
  let clean = '';
  let from = 0;
  for (let at = text.indexOf('form-data;'); at !== -1;) {
    const start = startOfPart(text, at, namesIn, (name) => names.has(name));
    if (start === undefined) {
      at = text.indexOf('form-data;', at + 1);
      continue;
    }
    boundary.lastIndex = start;
    const end = boundary.exec(text)?.index ?? text.length;
    clean += text.slice(from, start) + replacement;
    from = end;
    at = text.indexOf('form-data;', end);
  }
  return clean + text.slice(from);
}

/** Where the body of a part begins, if it has a secret name: behind the empty line. */
function startOfPart(
  text: string,
  at: number,
  namesIn: NextIndex,
  isSecret: (name: string) => boolean,
): number | undefined {
  let named = namesIn.from(at);
  // `filename=` holds the letters, too.
  if (text.startsWith('file', named - 4)) named = text.indexOf('name=', named + 5);
  if (named === -1 || named - at > maxNameDistance) return undefined;
  partName.lastIndex = named;
  const name = partName.exec(text)?.[1];
  return name === undefined || !isSecret(name) ? undefined : behindHeaders(text, named);
}

function behindHeaders(text: string, from: number): number | undefined {
  let line = from;
  for (let count = 0; count < maxHeaderLines; count += 1) {
    const end = text.indexOf('\n', line);
    if (end === -1 || end - line > maxLineLength) return undefined;
    line = end + 1;
    if (text[line] === '\n') return line + 1;
    if (text[line] === '\r' && text[line + 1] === '\n') return line + 2;
  }
  return undefined;
}
