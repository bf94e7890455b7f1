import { familyOf, type Family } from './features';
import { correlationOf, type Recorded } from './recorded-outcome';
import type { Strand, World } from './world';

/** What a recording that is wrong would have left behind, made of one that is right. */
export type RecordMutant = (recorded: Recorded, world: World, when: When) => Recorded;

/** What is still open is given up before the second look. */
type When = 'open' | 'given up';

type Event = Recorded['events'][number];
type Span = Recorded['spans'][number];

/** An event that differs in these fields alone: it has its fields in getters, which a copy would be without. */
function changed(event: Event, fields: Partial<Record<keyof Event, unknown>>): Event {
  const get = (target: Event, key: string | symbol): unknown =>
    Object.hasOwn(fields, key) ? Reflect.get(fields, key) : Reflect.get(target, key, target);
  return new Proxy(event, { get });
}

function eachEvent(change: (event: Event) => Event): RecordMutant {
  return (recorded) => ({ ...recorded, events: recorded.events.map(change) });
}

function withoutParent(span: Span): Span {
  return Object.create(span, { parentSpanId: { value: undefined } }) as Span;
}

/** The correlation ids of some strands. */
function idsOf(world: World, isMeant: (strand: Strand) => boolean): ReadonlySet<unknown> {
  return new Set(world.strands.filter(isMeant).map((strand) => correlationOf(world, strand)));
}

/** Changes the events of some strands. */
function ofStrands(isMeant: (strand: Strand) => boolean, change: (event: Event) => readonly Event[]): RecordMutant {
  return (recorded, world) => {
    const ids = idsOf(world, isMeant);
    return {
      ...recorded,
      events: recorded.events.flatMap((event) => (ids.has(event.correlationId) ? change(event) : [event])),
    };
  };
}

function isOf(family: Family): (strand: Strand) => boolean {
  return ({ method, sibling }) => method !== undefined && familyOf((sibling ?? method).kind) === family;
}

function failed(event: Event): boolean {
  return event.status === 'failure';
}

function asSuccess(status: Event['status']): (event: Event) => readonly Event[] {
  return (event) => [event.status === status ? changed(event, { status: 'success', errorMessage: undefined }) : event];
}

/** Each call that gave one of a family is a success, however often it was used and however that ended. */
function settlesAtReturn(family: Family): RecordMutant {
  return (recorded, world) => {
    const seen = new Set<unknown>();
    return ofStrands(isOf(family), (event) => {
      if (seen.has(event.correlationId)) return [];
      seen.add(event.correlationId);
      return [changed(event, { status: 'success', errorMessage: undefined })];
    })(recorded, world, 'given up');
  };
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
    spans: recorded.spans.map(withoutParent),
  }),
  'settles thenables at the return': settlesAtReturn('thenable'),
  'settles stubs at the return': settlesAtReturn('stub'),
  'settles cursors at the return': settlesAtReturn('cursor'),
  'settles streams at the return': settlesAtReturn('stream'),
  'settles web streams at the return': settlesAtReturn('webStream'),
  'records a stream that was destroyed early as a success': ofStrands(isOf('stream'), asSuccess('cancelled')),
  'records a web stream that was stopped as a success': ofStrands(isOf('webStream'), asSuccess('cancelled')),
  'records the errors of streams when they are given up': (recorded, world, when) =>
    when === 'given up'
      ? recorded
      : ofStrands(isOf('stream'), (event) => (failed(event) ? [] : [event]))(recorded, world, when),
  'records rejections that a use hides as successes': ofStrands(
    (strand) => isOf('promise')(strand) && strand.use !== 'complete' && strand.use !== 'twice' && strand.use !== 'late',
    asSuccess('failure'),
  ),
  'records nothing of a class-wide decorator': ofStrands(
    ({ method }) => method?.stack === 'class-wide',
    () => [],
  ),
  'records one call alone of a result that a sibling gave': (recorded, world) => {
    const ids = idsOf(world, ({ sibling }) => sibling !== undefined);
    const seen = new Set<string | undefined>();
    return {
      ...recorded,
      events: recorded.events.filter(({ correlationId }) => {
        const isSecond = ids.has(correlationId) && seen.has(correlationId);
        seen.add(correlationId);
        return !isSecond;
      }),
    };
  },
  'has the inner call of a sibling stand beside the outer one': (recorded, world) => {
    const ids = idsOf(world, ({ sibling }) => sibling !== undefined);
    const isOfSibling = (span: Span): boolean => ids.has(span.attributes['correlation.id']);
    return { ...recorded, spans: recorded.spans.map((span) => (isOfSibling(span) ? withoutParent(span) : span)) };
  },
};
