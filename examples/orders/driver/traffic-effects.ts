import type { Load } from './load';
import type { Effect } from './traffic';

/** What requests should have caused, from their answers. */
interface CountedEffect {
  readonly effect: Effect;
  /** Answers. */
  readonly count: number;
  /** What their bodies held. */
  readonly bytes: number;
}

/** What all requests should have caused. */
export function effectsOf(loads: readonly Load[]): CountedEffect[] {
  return loads.flatMap(({ traffic, byStatus, bytesByStatus }) =>
    Object.entries(traffic.effects).map(([status, effect]) => ({
      effect,
      count: byStatus[Number(status)] ?? 0,
      bytes: bytesByStatus[Number(status)] ?? 0,
    })),
  );
}
