const anonymous = 'anonymous';

/**
 * The name of a class, else that of the nearest class above it that has one: decorators replace classes by nameless
 * subclasses. A static member may hide a name.
 */
export function classNameOf(constructor: object): string {
  for (let owner: object | null = constructor; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
    if (hasOwnName(owner)) return (owner as { readonly name: string }).name;
  }
  return anonymous;
}

/** Whether a class has a name of its own. */
export function hasOwnName(constructor: object): boolean {
  const name: unknown = Object.getOwnPropertyDescriptor(constructor, 'name')?.value;
  return typeof name === 'string' && name !== '';
}

/**
 * Whether a class name looks like one that a bundler has made: none, one or two characters (`i`, `aB`, `t1`, but not
 * `S3`), or an underscore before a name, as esbuild renames a class that refers to itself (`_OrderStore`).
 */
export function isUnstableName(className: string): boolean {
  return className === anonymous || /^(?![A-Z]\d$)[\w$]{1,2}$|^_[A-Z]\w*$/.test(className);
}
