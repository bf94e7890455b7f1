import { ValueType } from '@opentelemetry/api';
import type { DataPoint, Histogram, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { wellFormed, wellFormedAttributes, type OtlpNumbers } from '../otlp-values';
import { metricsSdk } from './metrics-sdk';

/**
 * Metrics as they can be written to a request: one value that a collector refuses would cost each push from then on. Half a
 * surrogate pair becomes U+FFFD, integers beyond those that JavaScript counts become doubles, and a value that is no finite number is left out.
 */
export function writtenMetrics(metrics: ResourceMetrics, numbers: OtlpNumbers): ResourceMetrics {
  const { resource } = metrics;
  const attributes = wellFormedAttributes(resource.attributes, numbers);
  return {
    resource:
      attributes === resource.attributes
        ? resource
        : (Object.create(resource, { attributes: { value: attributes } }) as typeof resource),
    scopeMetrics: metrics.scopeMetrics.map(({ scope, metrics: some }) => ({
      scope: {
        ...scope,
        name: wellFormed(scope.name),
        ...(scope.version === undefined ? {} : { version: wellFormed(scope.version) }),
      },
      metrics: some.map((data) => writtenMetric(data, numbers)),
    })),
  };
}

function writtenMetric(data: MetricData, numbers: OtlpNumbers): MetricData {
  const { descriptor } = data;
  const { name, description, unit } = descriptor;
  const written = {
    ...data,
    descriptor: { ...descriptor, name: wellFormed(name), description: wellFormed(description), unit: wellFormed(unit) },
    dataPoints: (data.dataPoints as DataPoint<unknown>[]).map((point) => ({
      ...point,
      attributes: wellFormedAttributes(point.attributes, numbers),
    })),
  } as MetricData;
  const { DataPointType } = metricsSdk();
  switch (written.dataPointType) {
    case DataPointType.SUM:
    case DataPointType.GAUGE: {
      const dataPoints = written.dataPoints.filter(({ value }) => Number.isFinite(value));
      const valueType = dataPoints.every(({ value }) => Number.isSafeInteger(value))
        ? descriptor.valueType
        : ValueType.DOUBLE;
      return { ...written, dataPoints, descriptor: { ...written.descriptor, valueType } };
    }
    case DataPointType.HISTOGRAM:
      return {
        ...written,
        dataPoints: written.dataPoints.map((point) => ({ ...point, value: finiteHistogram(point.value) })),
      };
    default:
      return written;
  }
}

/** Without its sum, lowest and highest value where one that it was given is no finite number: they are optional. */
function finiteHistogram(histogram: Histogram): Histogram {
  const { sum, min, max, ...rest } = histogram;
  return {
    ...rest,
    ...(isFinite(sum) ? { sum } : {}),
    ...(isFinite(min) ? { min } : {}),
    ...(isFinite(max) ? { max } : {}),
  };
}

function isFinite(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value);
}
