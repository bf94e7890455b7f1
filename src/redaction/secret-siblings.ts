import { NameTrait, type SecretNames } from './secret-names';

/** What stands for a value that cannot be read. */
export const unserializable = '[UNSERIALIZABLE]';

/** Longer texts, and those of more words, are prose about a secret. */
const maxNameLength = 64;
const maxPathLength = 256;
const maxBlanks = 2;
const maxPathParts = 32;

/** Other fields, which nobody takes for the value of a named one. */
const identifier =
  /^(?:e-?mail|user(?:[-_]?(?:name|id))?|login|name|id|role|roles|phone|address|profile|scope|status|type)$/i;

function nameTraits(value: unknown, names: SecretNames): number {
  if (typeof value === 'string') return textTraits(value, names);
  if (Array.isArray(value)) return pathTraits(value, names);
  // A name that is a node of a syntax tree: `{ kind: 'Name', value: 'password' }`.
  if (typeof value !== 'object' || value === null) return 0;
  const inner = readField(value, 'value');
  return typeof inner === 'string' ? textTraits(inner, names) : 0;
}

function textTraits(name: string, names: SecretNames): number {
  if (name.length > maxPathLength) return 0;
  if (/[/.]/.test(name)) return pathTraits(name.split(/[/.]/, maxPathParts), names);
  return isNameLike(name) ? names.traits(name) : 0;
}

function isNameLike(name: string): boolean {
  if (name.length > maxNameLength) return false;
  let blanks = 0;
  for (let at = name.indexOf(' '); at !== -1; at = name.indexOf(' ', at + 1)) blanks += 1;
  return blanks <= maxBlanks;
}

/** A path leads to a secret where one of its parts is named so: `/credentials/0/value`, `['user', 'password']`. */
function pathTraits(path: readonly unknown[], names: SecretNames): number {
  for (let at = Math.min(path.length, maxPathParts) - 1; at >= 0; at -= 1) {
    const part = path[at];
    const traits = typeof part === 'string' && isNameLike(part) ? names.traits(part) : 0;
    if ((traits & NameTrait.secret) !== 0) return traits;
  }
  return 0;
}

/**
 * What the item before this one tells, where it is the name of a secret: in a pair (`['password', …]`), in a flat list of
 * names and values (`['Cookie', '…', 'Host', '…']`) or behind a flag (`['--password', '…']`).
 */
export function traitsFromItemBefore(items: readonly unknown[], index: number, names: SecretNames): number {
  const before = index === 0 ? undefined : items[index - 1];
  if (typeof before !== 'string' || before.length > maxNameLength) return 0;
  const item = items[index];
  const isPair = index % 2 === 1 && items.length % 2 === 0 && (items.length === 2 || typeof item === 'string');
  if (!isPair && !before.startsWith('-')) return 0;
  const traits = isNameLike(before) ? names.traits(before) : 0;
  if ((traits & NameTrait.secret) === 0) return 0;
  // A list of names, such as that of the fields to fill in.
  const isName = typeof item === 'string' && item.length <= maxNameLength && !before.startsWith('-');
  return isName && (identifier.test(item) || isOwnName(item, names)) ? 0 : traits;
}

/** `password`, `confirmPassword`: whoever has this for a password is not helped by hiding it. */
function isOwnName(item: string, names: SecretNames): boolean {
  return /^[A-Za-z_-]+$/.test(item) && names.has(item);
}

/**
 * What a field tells about the fields beside it, where it holds the name of a secret: `{ name: 'password', value: … }`,
 * `{ op: 'replace', path: '/password', value: … }`, `{ path: ['password'], lhs: …, rhs: … }`.
 */
export function traitsFromName(key: string, value: unknown, names: SecretNames): number {
  if ((names.traits(key) & NameTrait.namesField) !== 0) return nameTraits(value, names) & ~NameTrait.namesField;
  return 0;
}

/** What a field holds; a getter may throw. */
export function readField(value: object, key: string): unknown {
  try {
    return (value as Readonly<Record<string, unknown>>)[key];
  } catch {
    return unserializable;
  }
}
