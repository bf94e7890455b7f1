/**
 * Characters that could forge or hide text in a line of output: C0 and C1 controls (ANSI escapes among them), DEL,
 * line and paragraph separators, zero-width characters and bidirectional overrides.
 */
const unsafeInText = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** The same, but for JSON text, whose own escapes already cover C0 and where line feeds end a record. */
const unsafeInJson = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Make a text safe for one line of a readable log: what is invisible or ends a line becomes `\uXXXX`. */
export function escapeText(text: string): string {
  return text.replace(unsafeInText, escapeCharacter);
}

/** Make serialised JSON safe for a text sink; it parses back to the same value. */
export function escapeJson(json: string): string {
  return json.replace(unsafeInJson, escapeCharacter);
}
