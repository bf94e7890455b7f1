declare module 'parse-prometheus-text-format' {
  interface ParsedSeries {
    readonly labels?: Readonly<Record<string, string>>;
    readonly value?: string;
    readonly buckets?: Readonly<Record<string, string>>;
    readonly quantiles?: Readonly<Record<string, string>>;
    readonly count?: string;
    readonly sum?: string;
  }
  interface ParsedMetric {
    readonly name: string;
    readonly help: string;
    readonly type: string;
    readonly metrics: readonly ParsedSeries[];
  }
  export default function parsePrometheusTextFormat(text: string): ParsedMetric[];
}
