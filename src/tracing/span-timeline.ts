import type { Attributes, Context, HrTime, Span, TimeInput } from '@opentelemetry/api';
import type * as Sdk from '@opentelemetry/sdk-trace-node';
import { monotonicMs } from '../call/clock';
import { spanIn } from '../call/context';
import { monotonicNs, timelineAt, type Timeline } from '../call/timeline';
import { hrTimeOf, isExportable, isTimeInput, usableTime } from './hr-time';

/** Where a span of trefoil's keeps the timeline of its trace. */
export const timelineKey = Symbol('trefoil timeline');

/** The timeline of the active span, where that is one of trefoil's. */
export function timelineIn(within: Context): Timeline | undefined {
  return (spanIn(within) as { readonly [timelineKey]?: Timeline } | undefined)?.[timelineKey];
}

/** The time that an event is given, in either of the two places. */
export function timeOfEvent(
  attributesOrTime: Attributes | TimeInput | undefined,
  time: TimeInput | undefined,
): TimeInput | undefined {
  return usableTime(time) ?? (isTimeInput(attributesOrTime) ? usableTime(attributesOrTime) : undefined);
}

/**
 * A time that is given, or else the time of now, also where no exporter could write it: a span must not be lost for one of
 * its times. What is a reading of the monotonic clock is put on the timeline.
 */
export function hrTimeOn(timeline: Timeline, given: TimeInput | undefined): HrTime {
  const time = usableTime(given);
  if (time === undefined) return timeline.now();
  // A number so small is a reading of the monotonic clock, as OpenTelemetry's API has it.
  const isReading = typeof time === 'number' && time <= monotonicMs();
  const hrTime = isReading ? timeline.hrTimeAt(monotonicNs(time)) : hrTimeOf(time);
  return isExportable(hrTime) ? hrTime : timeline.now();
}

/** The timeline of a span that begins now. */
export function timelineOfSpan(within: Context | undefined): Timeline {
  return timelineAt(monotonicMs(), within && timelineIn(within));
}

/**
 * Has the SDK's spans end, and date their events, by the timeline of their trace. The SDK dates them by whole milliseconds
 * of the wall clock once a span is given its start, so that a span could end before the calls in it. It comes before all
 * other processors, which may add events at once.
 */
export class SpanTimer implements Sdk.SpanProcessor {
  onStart(span: Sdk.Span, within: Context): void {
    const timeline = timelineOfSpan(within);
    const [end, addEvent] = [span.end.bind(span), span.addEvent.bind(span)];
    const dated = (name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): Span =>
      addEvent(name, attributesOrTime, hrTimeOn(timeline, timeOfEvent(attributesOrTime, time)));
    Object.defineProperties(span, {
      [timelineKey]: { value: timeline },
      end: {
        value: (time?: TimeInput): void => end(hrTimeOn(timeline, time)),
        configurable: true,
        writable: true,
      },
      addEvent: { value: dated, configurable: true, writable: true },
    });
  }

  onEnd(): void {
    // Spans are of no concern to it once they have ended.
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}
