import { PrometheusMetricsBackend } from '../../../src/index';

/** Nothing else holds this process. */
const metrics = new PrometheusMetricsBackend();
metrics.addSource({ collect: () => new Promise(() => undefined) });
metrics.increment('jobs_total');
void metrics.export().then((text) => console.log(text.includes('jobs_total 1') ? 'exported' : text));
