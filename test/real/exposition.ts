import { isDeepStrictEqual } from 'node:util';
import { parsePrometheusText } from '../../examples/orders/driver/prometheus-text';
import { promtoolProblems } from './prometheus-server';

// It brings no types.
const parse = require('parse-prometheus-text-format') as (text: string) => readonly ParsedFamily[];

/** A family as a parser of somebody else's reads it. */
interface ParsedFamily {
  readonly name: string;
  readonly metrics: readonly {
    readonly value?: string;
    readonly labels?: Readonly<Record<string, string>>;
  }[];
}

/** How often a histogram was fed, and with how much in all. */
export interface ParsedHistogram {
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
  readonly sum: number;
}

/** A sample of a counter or gauge. */
export interface ParsedSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What promtool and a parser of npm's have against an exposition in the text format. */
export function expositionProblems(text: string): string[] {
  try {
    const families = parse(text);
    return [...(families.length > 0 ? [] : ['the parser finds nothing']), ...promtoolProblems(text)];
  } catch (error) {
    return [`the parser refuses it: ${(error as Error).message}`, ...promtoolProblems(text)];
  }
}

/** The samples of one counter or gauge, as somebody else's parser reads them. */
export function parsedSamples(text: string, name: string): ParsedSample[] {
  const family = parse(text).find((one) => one.name === name);
  return (family?.metrics ?? []).map(({ labels = {}, value }) => ({ labels, value: Number(value) }));
}

/** The series of one histogram; npm's parser mixes up those that have labels. */
export function parsedHistograms(text: string, name: string): ParsedHistogram[] {
  const samples = parsePrometheusText(text);
  const sums = samples.filter((sample) => sample.name === `${name}_sum`);
  return samples
    .filter((sample) => sample.name === `${name}_count`)
    .map(({ labels, value: count }) => ({
      labels,
      count,
      sum: sums.find((sample) => isDeepStrictEqual(sample.labels, labels))?.value ?? Number.NaN,
    }));
}
