import { acceptsGzip, negotiateFormat } from '../../src/metrics/exposition-format';

const openMetrics = 'application/openmetrics-text';

describe('the format of a scrape', () => {
  test.each([
    ['no header', undefined],
    ['anything', '*/*'],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
    ['the text', 'text/plain;version=0.0.4'],
    ['something else altogether', 'application/json'],
    ['OpenMetrics, but less', `${openMetrics};q=0.5,text/plain;q=0.9`],
    ['OpenMetrics refused', `${openMetrics};q=0,text/plain;q=0.1`],
    ['OpenMetrics refused, and nothing else', `${openMetrics};q=0.000`],
    ['OpenMetrics of another version', `${openMetrics};version=0.0.1`],
    ['a weight that is none', `${openMetrics};q=high`],
    ['a weight beyond one', `${openMetrics};q=2`],
    ['any application type', 'application/*'],
    ['nothing but separators', ',;,;q=1,'],
    ['a header of 64 KB', ';q=1,'.repeat(13_000)],
  ])('is the text for %s', (_name, accept) => expect(negotiateFormat(accept)).toBe('prometheus'));

  test.each([
    ['by name', openMetrics],
    ['in any case, with spaces', `Application/OpenMetrics-Text ; Version=1.0.0 ; Charset=utf-8`],
    ['with a quoted version', `${openMetrics}; version="1.0.0"`],
    ['as well as the text', `text/plain,${openMetrics}`],
    [
      'as Prometheus 2.42 asks',
      `${openMetrics};version=1.0.0,${openMetrics};version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
    ],
    [
      'as Prometheus 3 asks',
      `${openMetrics};version=1.0.0;escaping=allow-utf-8;q=0.5,${openMetrics};version=0.0.1;q=0.4,` +
        'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
    ],
    ['more than a text of another version', `${openMetrics};q=0.4,text/plain;version=1.0.0;q=0.9,*/*;q=0.1`],
  ])('is OpenMetrics where that is asked for: %s', (_name, accept) =>
    expect(negotiateFormat(accept)).toBe('openmetrics'),
  );
});

test.each([
  [undefined, false],
  ['', false],
  ['gzip', true],
  ['deflate, GZIP;q=0.2', true],
  ['gzip;q=0', false],
  ['identity', false],
  ['*', true],
  ['*;q=0', false],
  ['gzip;q=0, *', false],
])('a scraper that takes %j is answered with gzip: %s', (header, isTaken) => expect(acceptsGzip(header)).toBe(isTaken));
