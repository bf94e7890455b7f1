import { isDeepStrictEqual } from 'node:util';
import { auditKindOf } from './audit-section';
import type { Environment } from './environment';
import type { TrefoilSections } from './sections';
import { exporterOf } from './tracing-section';

/**
 * Lays sections over others: what is given as `undefined` is not given, records go field by field, lists and instances are
 * replaced, and so is a section whose backend or exporter becomes another one.
 */
export function mergeSections(base: TrefoilSections, over: TrefoilSections, environment: Environment): TrefoilSections {
  return {
    service: merge(base.service, over.service),
    audit: mergeUnlessChanged(base.audit, over.audit, auditKindOf),
    metrics: mergeUnlessChanged(base.metrics, over.metrics, (section) => section?.backend ?? 'prometheus'),
    tracing: mergeUnlessChanged(base.tracing, over.tracing, (section) => exporterOf(section, environment)),
    logging: merge(base.logging, over.logging),
    redaction: merge(base.redaction, over.redaction),
    signals: over.signals ?? base.signals,
    repeatedCallsLimit: over.repeatedCallsLimit ?? base.repeatedCallsLimit,
    streamTimeoutMs: over.streamTimeoutMs ?? base.streamTimeoutMs,
    shutdownTimeoutMs: over.shutdownTimeoutMs ?? base.shutdownTimeoutMs,
  };
}

/** Another backend has no use for the settings of the one that it replaces. */
function mergeUnlessChanged<Section extends { readonly backend?: unknown; readonly exporter?: unknown }>(
  base: Section | undefined,
  over: Section | undefined,
  kindOf: (section: Section | undefined) => unknown,
): Section | undefined {
  const namesOne = over?.backend !== undefined || over?.exporter !== undefined;
  return namesOne && !isSameKind(kindOf(over), kindOf(base)) ? over : merge(base, over);
}

/** An instance is the same only as itself; lists of names are the same where their names are. */
function isSameKind(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  return one.length === other.length && one.every((each, index) => each === other[index]);
}

/** What an application makes and hands over as it is, even where it is a plain object. */
export const instanceOptions: ReadonlySet<string> = new Set(['backend', 'exporter', 'logger', 'sampler', 'generateId']);

function merge<Section extends object>(base: Section | undefined, over: Section | undefined): Section | undefined {
  if (base === undefined || over === undefined) return over ?? base;
  const merged = new Map<string, unknown>(Object.entries(base));
  for (const [name, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const before = merged.get(name);
    const isDeep = !instanceOptions.has(name) && isRecord(before) && isRecord(value);
    merged.set(name, isDeep ? merge(before, value) : value);
  }
  return Object.fromEntries(merged) as Section;
}

/** Whether two settings come to the same; instances are the same only as themselves, and are not looked into. */
export function isSameSetting(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((each, index) => isSameSetting(each, other[index]));
  }
  if (one instanceof RegExp || other instanceof RegExp) return isDeepStrictEqual(one, other);
  if (!isRecord(one) || !isRecord(other)) return Object.is(one, other);
  const [names, others] = [Object.keys(one), Object.keys(other)];
  const isSame = (name: string): boolean =>
    instanceOptions.has(name) && !Array.isArray(one[name])
      ? Object.is(one[name], other[name])
      : isSameSetting(one[name], other[name]);
  return names.length === others.length && names.every((name) => Object.hasOwn(other, name) && isSame(name));
}

/** Neither a list nor an instance of anything. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
