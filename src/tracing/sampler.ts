import type * as Sdk from '@opentelemetry/sdk-trace-node';
import { GuardedSampler } from './guarded-parts';
import type { OpenTelemetryTracerOptions } from './tracer-options';

/** The sampler that the options ask for. */
export function samplerOf(
  sdk: typeof Sdk,
  { sampler = 'parentbased_always_on', sampleRate = 1 }: OpenTelemetryTracerOptions,
): Sdk.Sampler {
  if (typeof sampler !== 'string') return new GuardedSampler(sampler);
  if (sampler.startsWith('parentbased_')) {
    return new sdk.ParentBasedSampler({ root: rootSampler(sdk, sampler.slice('parentbased_'.length), sampleRate) });
  }
  return rootSampler(sdk, sampler, sampleRate);
}

function rootSampler(sdk: typeof Sdk, sampler: string, sampleRate: number): Sdk.Sampler {
  if (sampler === 'always_on') return new sdk.AlwaysOnSampler();
  if (sampler === 'always_off') return new sdk.AlwaysOffSampler();
  return new sdk.TraceIdRatioBasedSampler(sampleRate);
}
