/**
 * Characters that could forge or hide text in a line of output: C0 and C1 controls (ANSI escapes among them), DEL, line
 * and paragraph separators, and what Unicode calls format characters: zero widths, soft hyphens, bidirectional
 * overrides, annotations and tags.
 */
const unsafeInText = /[\p{Cc}\p{Cf}\u2028\u2029\u2065]/gu;

/** The same, but for JSON text, whose own escapes already cover C0 and where line feeds end a record. */
const unsafeInJson = /[\u007f-\u009f\p{Cf}\u2028\u2029\u2065]/gu;

/** What lies beyond the first plane is written as JSON does: as two. */
function escapeCharacter(character: string): string {
  let escaped = '';
  for (let index = 0; index < character.length; index += 1) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}

/** Make a text safe for one line of a readable log: what is invisible or ends a line becomes `\uXXXX`. */
export function escapeText(text: string): string {
  return text.replace(unsafeInText, escapeCharacter);
}

/** Make serialised JSON safe for a text sink; it parses back to the same value. */
export function escapeJson(json: string): string {
  return json.replace(unsafeInJson, escapeCharacter);
}
