/** A copy of a text: what is cut out of a longer one keeps all of it alive. */
export function ownText(text: string): string {
  return Buffer.from(text).toString();
}
