import type { SecretNames } from './secret-names';

const nameFields = new Set(['name', 'Name', 'key', 'Key', 'field', 'header', 'headerName']);
const valueFields = new Set(['value', 'Value', 'values', 'val']);

/** What stands for a value that cannot be read. */
export const unserializable = '[UNSERIALIZABLE]';

/** Longer texts are prose about a secret. */
const maxNameLength = 64;

function isSecretName(value: unknown, names: SecretNames): value is string {
  return typeof value === 'string' && value.length <= maxNameLength && names.has(value);
}

/**
 * Whether the item before this one is the name of a secret: in a pair (`['password', …]`), in a flat list of names and
 * values (`['Cookie', '…', 'Host', '…']`) or behind a flag (`['--password', '…']`).
 */
export function namesSecret(items: readonly unknown[], index: number, names: SecretNames): boolean {
  const before = index === 0 ? undefined : items[index - 1];
  if (typeof before !== 'string') return false;
  const isPair = index % 2 === 1 && items.length % 2 === 0 && (items.length === 2 || typeof items[index] === 'string');
  return (isPair || before.startsWith('-')) && isSecretName(before, names);
}

/** The field of `{ name: 'password', value: … }` that holds the secret. */
export function valueOfNamed(value: object, keys: readonly string[], names: SecretNames): string | undefined {
  const field = keys.find((key) => valueFields.has(key));
  if (field === undefined) return undefined;
  return keys.some((key) => nameFields.has(key) && isSecretName(readField(value, key), names)) ? field : undefined;
}

/** The same of a Map. */
export function entryOfNamed(map: ReadonlyMap<unknown, unknown>, names: SecretNames): string | undefined {
  const entry = [...valueFields].find((field) => map.has(field));
  if (entry === undefined) return undefined;
  return [...nameFields].some((field) => isSecretName(map.get(field), names)) ? entry : undefined;
}

/** What a field holds; a getter may throw. */
export function readField(value: object, key: string): unknown {
  try {
    return (value as Readonly<Record<string, unknown>>)[key];
  } catch {
    return unserializable;
  }
}
