/** A header's name as HTTP has it (RFC 9110, 5.6.2). */
const validName = /^[\w!#$%&'*+.^`|~-]+$/;

/** Visible ASCII, blanks and tabs: anything else makes clients throw, or forges a header. */
const validValue = /^[\t\x20-\x7e]*$/;

/** Whether a header can be written as it is. */
export function isHeader(name: string, value: string): boolean {
  return validName.test(name) && validValue.test(value);
}

interface Settable {
  set(name: string, value: string): unknown;
}

/**
 * Sets one header, in place of one of the same name in any case. What a header must not hold is left out: baggage that a
 * message brought would otherwise make the next request throw.
 */
export function writeHeader(carrier: object, name: string, value: string): void {
  if (!isHeader(name, value)) return;
  if (isSettable(carrier)) {
    carrier.set(name, value);
  } else if (Array.isArray(carrier)) {
    writePair(carrier, name, value);
  } else {
    const spelled = spellingIn(carrier, name);
    (carrier as Record<string, string>)[spelled] = value;
  }
}

function isSettable(carrier: object): carrier is Settable {
  return 'set' in carrier && typeof carrier.set === 'function';
}

function writePair(pairs: unknown[], name: string, value: string): void {
  const at = pairs.findIndex((pair) => Array.isArray(pair) && isSameName(pair[0], name));
  if (at === -1) pairs.push([name, value]);
  else pairs[at] = [name, value];
}

function spellingIn(carrier: object, name: string): string {
  if (Object.hasOwn(carrier, name)) return name;
  return Object.keys(carrier).find((key) => isSameName(key, name)) ?? name;
}

function isSameName(given: unknown, name: string): boolean {
  return typeof given === 'string' && given.toLowerCase() === name.toLowerCase();
}
