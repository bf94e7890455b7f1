import type { LogFields } from './logger';

/** What a readable line has beside it, and the lines that follow it. */
export interface SplitFields {
  readonly rest: LogFields;
  /** Not escaped yet; none of them contains a line feed. */
  readonly stacks: readonly string[];
}

/**
 * Takes the stack of an error and its causes out of the fields, as lines of their own. A cause is announced by two blanks,
 * and what a stack says stands behind four, so that no message can pose as a cause.
 */
export function splitStacks(fields: LogFields): SplitFields {
  const { error_stack: stack, error_causes: causes, ...others } = fields;
  if (stack === undefined && causes === undefined) return { rest: fields, stacks: [] };
  const rest: Record<string, unknown> = others;
  const stacks: string[] = [];
  if (typeof stack === 'string') stacks.push(...indented(stack));
  else if (stack !== undefined) rest['error_stack'] = stack;
  const lines = Array.isArray(causes) ? causeLines(causes) : undefined;
  if (lines !== undefined) stacks.push(...lines);
  else if (causes !== undefined) rest['error_causes'] = causes;
  return { rest, stacks };
}

/** `undefined` where these are not causes as trefoil lists them, but a field of the application's. */
function causeLines(causes: readonly unknown[]): string[] | undefined {
  const lines: string[] = [];
  for (const cause of causes) {
    if (!isCause(cause)) return undefined;
    lines.push(`  caused by ${cause.error_type}: ${cause.error_message}`.replaceAll('\n', '\\n'));
    if (cause.error_stack !== undefined) lines.push(...indented(cause.error_stack));
  }
  return lines;
}

interface Cause {
  readonly error_type: string;
  readonly error_message: string;
  readonly error_stack?: string;
}

const causeNames = new Set(['error_type', 'error_message', 'error_stack']);

function isCause(value: unknown): value is Cause {
  if (typeof value !== 'object' || value === null) return false;
  const { error_type: type, error_message: message, error_stack: stack } = value as Record<string, unknown>;
  return (
    typeof type === 'string' &&
    typeof message === 'string' &&
    (stack === undefined || typeof stack === 'string') &&
    Object.keys(value).every((name) => causeNames.has(name))
  );
}

function indented(stack: string): string[] {
  return stack.split(/\r?\n/).map((line) => `    ${line}`);
}
