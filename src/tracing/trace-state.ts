import type { TraceState } from '@opentelemetry/api';
import { trimBlanks } from './trim-blanks';

/** W3C Trace Context, 3.3.1.1: how many list members there may be. */
const maxMembers = 32;

/** Of longer ones only so much is passed on: W3C asks for 512 at least, and more could make a request too large. */
const maxLength = 512;

/** What goes first where the whole is too long: W3C Trace Context, 3.3.1.5. */
const longMember = 128;

/** Nothing valid is longer: 32 members of two times 256 characters, with what is between them. */
const maxTextLength = 32_768;

/** Of Level 2, where an at sign is a character like others, though not the first. */
const validKey = /^[a-z0-9][a-z0-9_\-*/@]{0,255}$/;

/** Printable ASCII without commas and equals signs; the last character is not a blank. */
const validValue = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/**
 * What vendors have added to a trace, in the order in which they did. It is never changed: each change gives another one.
 * Keys and values that W3C Trace Context does not allow are not taken.
 */
export class W3cTraceState implements TraceState {
  readonly #members: ReadonlyMap<string, string>;

  constructor(members: ReadonlyMap<string, string>) {
    this.#members = members;
  }

  get(key: string): string | undefined {
    return this.#members.get(key);
  }

  /** A member that is new or changed comes first; beyond 32, the last is left out. */
  set(key: string, value: string): TraceState {
    if (!validKey.test(key) || !validValue.test(value)) return this;
    const others = [...this.#members].filter(([other]) => other !== key);
    return new W3cTraceState(new Map([[key, value] as const, ...others].slice(0, maxMembers)));
  }

  unset(key: string): TraceState {
    if (!this.#members.has(key)) return this;
    return new W3cTraceState(new Map([...this.#members].filter(([other]) => other !== key)));
  }

  /** As a header: at most 512 characters, for which long members are left out first, then the last ones. */
  serialize(): string {
    const members = [...this.#members].map(([key, value]) => `${key}=${value}`);
    let length = members.reduce((sum, member) => sum + member.length + 1, -1);
    const leaveOut = (index: number): void => {
      length -= (members[index]?.length ?? 0) + 1;
      members.splice(index, 1);
    };
    for (let index = members.length - 1; index >= 0 && length > maxLength; index -= 1) {
      if ((members[index]?.length ?? 0) > longMember) leaveOut(index);
    }
    while (length > maxLength) leaveOut(members.length - 1);
    return members.join(',');
  }
}

/**
 * Reads a `tracestate` header. One that is malformed anywhere is dropped as a whole, as W3C Trace Context asks; of members
 * with the same key, the first is kept, which is the latest.
 */
export function parseTraceState(text: string): W3cTraceState | undefined {
  if (text.length > maxTextLength) return undefined;
  const members = new Map<string, string>();
  for (const part of text.split(',')) {
    const member = trimBlanks(part);
    if (member === '') continue;
    const at = member.indexOf('=');
    const [key, value] = [member.slice(0, Math.max(at, 0)), member.slice(at + 1)];
    if (!validKey.test(key) || !validValue.test(value)) return undefined;
    if (members.has(key)) continue;
    if (members.size === maxMembers) return undefined;
    members.set(key, value);
  }
  return members.size === 0 ? undefined : new W3cTraceState(members);
}
