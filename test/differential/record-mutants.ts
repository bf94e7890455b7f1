import { familyOf } from './random-case';
import { correlationOf, type Recorded } from './recorded-outcome';
import type { World } from './world';

/** What a recording that is wrong would have left behind, made of one that is right. */
export type RecordMutant = (recorded: Recorded, world: World) => Recorded;

type Event = Recorded['events'][number];

/** An event that differs in these fields alone: it has its fields in getters, which a copy would be without. */
function changed(event: Event, fields: Partial<Record<keyof Event, unknown>>): Event {
  const get = (target: Event, key: string | symbol): unknown =>
    Object.hasOwn(fields, key) ? Reflect.get(fields, key) : Reflect.get(target, key, target);
  return new Proxy(event, { get });
}

function eachEvent(change: (event: Event) => Event): RecordMutant {
  return (recorded) => ({ ...recorded, events: recorded.events.map(change) });
}

/** Wrong records that must be noticed; the first are right, to show that it is the mutation which is. */
export const recordMutants: Readonly<Record<string, RecordMutant>> = {
  'records all right': (recorded) => recorded,
  'records a failure as a success': eachEvent((event) =>
    event.status === 'failure' ? changed(event, { status: 'success' }) : event,
  ),
  'loses the error': eachEvent((event) => changed(event, { errorMessage: undefined })),
  'records twice': (recorded) => ({ ...recorded, events: [...recorded.events, ...recorded.events.slice(-1)] }),
  'records nothing': (recorded) => ({ ...recorded, events: [] }),
  'counts once more': (recorded) => ({
    ...recorded,
    counted: new Map([...recorded.counted].map(([status, count]) => [status, count + 1])),
  }),
  'loses a duration': (recorded) => ({ ...recorded, timed: Math.max(recorded.timed - 1, 0) }),
  'has spans begin a trace of their own': (recorded) => ({
    ...recorded,
    spans: recorded.spans.map((span) => Object.create(span, { parentSpanId: { value: undefined } }) as typeof span),
  }),
  'settles thenables at the return': (recorded, world) => {
    const [event] = recorded.events;
    if (event === undefined) return recorded;
    const lazy = world.strands.filter(({ method }) => method !== undefined && familyOf(method.kind) === 'thenable');
    const ids = new Set(lazy.map((strand) => correlationOf(world, strand)));
    const audited = new Set(recorded.events.map(({ correlationId }) => correlationId));
    const atReturn = [...ids]
      .filter((id) => audited.has(id))
      .map((correlationId) => changed(event, { correlationId, status: 'success', errorMessage: undefined }));
    const others = recorded.events.filter(
      ({ correlationId }) => correlationId === undefined || !ids.has(correlationId),
    );
    return { ...recorded, events: [...others, ...atReturn] };
  },
};
