import { types } from 'node:util';
import type { AuditEvent } from '../../src/index';
import type { RandomCase, RandomMethod } from './random-case';
import { ownThenKinds } from './features';
import { isGeneratorFunction, isLazy, wrappersOf, type PillarName, type Wrapper } from './wrappers';
import { timesEntered, type Seen, type Strand } from './world';

/** How a call of one wrapper has to be recorded. */
export interface Expected {
  readonly status: string;
  /** The message of its error, where it has one. */
  readonly message: string | undefined;
  readonly threw: boolean;
  readonly isCancelled: boolean;
  /** Only when it is given up. */
  readonly isGivenUp: boolean;
}

/** What one of the wrappers that a strand has called has to record. */
export interface ExpectedOfWrapper {
  readonly pillars: ReadonlySet<PillarName>;
  readonly ends: readonly Expected[];
  /** Whether its calls were over with their return, while the work of the result began later. */
  readonly isAtReturn: boolean;
  /** Whether its first call began with the method, since its intent was on record, and is put to work later. */
  readonly isAnnounced: boolean;
}

/** What each wrapper has to record, the outermost first; `undefined` where the caller cannot know. */
export function expectedOf(strand: Strand, random: RandomCase): readonly ExpectedOfWrapper[] | undefined {
  const { seen, method, sibling } = strand;
  if (seen === undefined || method === undefined) return undefined;
  return (sibling === undefined ? [method] : [method, sibling]).flatMap((called) =>
    wrappersOf(called, random).map((wrapper) => ({
      pillars: wrapper.pillars,
      ends: endsOf(strand, seen, called, wrapper).map((end) => expected(end, wrapper)),
      isAtReturn: wrapper.option === 'same' && looksAtResult(called, wrapper) && isLazy(sibling ?? method),
      isAnnounced: wrapper.option === 'strict' && looksAtResult(called, wrapper) && isLazy(sibling ?? method),
    })),
  );
}

/** How the calls of one wrapper have ended. */
function endsOf(strand: Strand, seen: readonly Seen[], method: RandomMethod, wrapper: Wrapper): readonly Seen[] {
  const { option } = wrapper;
  if (option === 'when not') return [];
  // A default that throws is no call of a generator yet, but one of what stands on top of it.
  if (!looksAtResult(method, wrapper)) return seen.filter(({ isAtCall }) => isAtCall !== true);
  const calls = isGeneratorFunction(method) ? 1 : timesEntered(strand, method);
  const each = (end: Seen): Seen[] => Array.from({ length: calls }, () => end);
  const isOwnThen = ownThenKinds.includes(method.kind);
  if ((!isLazy(strand.sibling ?? method) && !isOwnThen) || !strand.hasReturned) return seen;
  if (option === 'same' && !isOwnThen) return each({ threw: false });
  // What was announced and never used had no effect.
  if (option === 'strict' && seen.length === 0) return each({ threw: false, isCancelled: true, isGivenUp: true });
  return seen;
}

/** Whether a wrapper has to look at what its method gives, since the method is no generator function. */
export function looksAtResult(method: RandomMethod, { isInnermost }: Wrapper): boolean {
  return !(isInnermost && isGeneratorFunction(method));
}

function expected(seen: Seen, { option }: Wrapper): Expected {
  return {
    threw: seen.threw,
    status: option === 'partial outcome' ? 'partial' : statusOf(seen),
    message: messageOf(seen),
    isCancelled: seen.isCancelled === true,
    isGivenUp: seen.isGivenUp === true,
  };
}

function statusOf({ threw, error, isCancelled }: Seen): string {
  if (isCancelled === true) return 'cancelled';
  if (!threw) return 'success';
  return types.isNativeError(error) && error.name === 'AbortError' ? 'cancelled' : 'failure';
}

function messageOf({ threw, error }: Seen): string | undefined {
  return threw && types.isNativeError(error) && Object.hasOwn(error, 'message') ? error.message : undefined;
}

export function describe({ status, message }: Expected): string {
  return message === undefined ? status : `${status}: ${message}`;
}

export function describeEvent({ status, errorMessage, errorType }: AuditEvent): string {
  if (errorMessage === undefined) return status;
  const prefix = `${errorType}: `;
  return `${status}: ${errorMessage.startsWith(prefix) ? errorMessage.slice(prefix.length) : errorMessage}`;
}
