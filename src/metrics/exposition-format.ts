/** How metrics are written out: in the Prometheus text format 0.0.4, or as OpenMetrics 1.0.0, which has exemplars. */
export type ExpositionFormat = 'prometheus' | 'openmetrics';

/** What an endpoint says it sends. */
export const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

interface Range {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/**
 * The format that a scraper prefers by its `Accept` header. OpenMetrics has to be asked for by name; who asks for neither
 * gets the text, as from other exporters, rather than an error.
 *
 * Source of the rules: RFC 9110, sections 12.4.2 and 12.5.1
 */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  const ranges = rangesOf(accept);
  const openMetrics = qualityOf(ranges, ['application/openmetrics-text'], '1.0.0');
  const text = qualityOf(ranges, ['text/plain', 'text/*', '*/*'], '0.0.4');
  return openMetrics > 0 && openMetrics >= text ? 'openmetrics' : 'prometheus';
}

/** Whether a scraper takes gzip, by its `Accept-Encoding` header. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  return qualityOf(rangesOf(acceptEncoding), ['gzip', '*'], undefined) > 0;
}

/** Of the names that match, from the most specific to the least, the first counts; of two alike, the better. */
function qualityOf(ranges: readonly Range[], names: readonly string[], version: string | undefined): number {
  for (const name of names) {
    const matching = ranges.filter((range) => {
      const asked = range.parameters.get('version');
      return range.name === name && (asked === undefined || asked === version);
    });
    if (matching.length > 0) return Math.max(...matching.map(({ quality }) => quality));
  }
  return 0;
}

function rangesOf(header: string | undefined): Range[] {
  return (header ?? '').split(',').flatMap((part) => {
    const [name = '', ...rest] = part.split(';').map((each) => each.trim().toLowerCase());
    const parameters = new Map<string, string>();
    for (const each of rest) {
      const at = each.indexOf('=');
      if (at > 0)
        parameters.set(
          each.slice(0, at).trim(),
          each
            .slice(at + 1)
            .trim()
            .replace(/^"(.*)"$/, '$1'),
        );
    }
    const weight = parameters.get('q') ?? '1';
    // What is no weight takes the range out: nobody can say how much it was wanted.
    return name !== '' && /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight)
      ? [{ name, parameters, quality: Number(weight) }]
      : [];
  });
}
