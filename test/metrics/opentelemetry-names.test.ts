import { labelsOfAttributes, prometheusName, prometheusUnit } from '../../src/metrics/opentelemetry-names';

describe('an instrument of OpenTelemetry, to Prometheus', () => {
  it.each([
    ['orders.placed', '{order}', 'counter', 'orders_placed_total'],
    ['orders_placed_total', '', 'counter', 'orders_placed_total'],
    ['http.server.request.duration', 's', 'histogram', 'http_server_request_duration_seconds'],
    ['wait_seconds', 's', 'histogram', 'wait_seconds'],
    ['seconds', 's', 'gauge', 'seconds'],
    ['seconds_to_go', 's', 'gauge', 'seconds_to_go_seconds'],
    ['io', 'By', 'counter', 'io_bytes_total'],
    ['io.bytes_total', 'By', 'counter', 'io_bytes_total'],
    ['rate', 'By/s', 'gauge', 'rate_bytes_per_second'],
    ['rate', '{call}/min', 'gauge', 'rate_per_minute'],
    ['fill', '1', 'gauge', 'fill_ratio'],
    ['calls', '1', 'counter', 'calls_total'],
    ['load', '%', 'gauge', 'load_percent'],
    ['odd', 'k(b)/x y', 'gauge', 'odd_k_b_per_x_y'],
    ['a--b..c__d', '', 'gauge', 'a_b_c_d'],
    ['1st', '', 'gauge', '_1st'],
    ['größe', '', 'gauge', 'gr_e'],
    ['ns:name', '', 'gauge', 'ns:name'],
  ] as const)('is %s in "%s" as a %s called %s', (name, unit, type, expected) => {
    expect(prometheusName(name, prometheusUnit(unit, type), type)).toBe(expected);
  });

  it('has labels that Prometheus takes, and loses no attribute', () => {
    expect(
      labelsOfAttributes({ 'a.b': 'dot', a_b: 'line', 'a b': 'blank', '1st': 1, __name__: 'x' }, 'counter'),
    ).toEqual({
      a_b: 'blank;dot;line',
      _1st: '1',
      _name_: 'x',
    });
    expect(labelsOfAttributes({ list: ['a', 'b'], flag: false, none: undefined, empty: '' }, 'gauge')).toEqual({
      list: '["a","b"]',
      flag: 'false',
    });
    expect(labelsOfAttributes({ le: 'a', quantile: 'b' }, 'histogram')).toEqual({
      exported_le: 'a',
      exported_quantile: 'b',
    });
    const odd = JSON.parse('{ "__proto__": "a", "constructor": "b" }') as Record<string, string>;
    expect(Object.entries(labelsOfAttributes(odd, 'counter'))).toEqual([
      ['_proto_', 'a'],
      ['constructor', 'b'],
    ]);
  });
});
