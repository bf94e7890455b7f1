/** A function in a text: its name, never its source. */
export function functionText(value: object): string {
  try {
    const { name } = value as { readonly name?: unknown };
    return typeof name === 'string' && name !== '' ? `[Function ${name.slice(0, 100)}]` : '[Function]';
  } catch {
    return '[Function]';
  }
}
