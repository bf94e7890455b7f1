import { barOf, type Bar, type Ground } from '../faults/bar';
import { besideASetClock } from './clock-jumps';
import { endedWriters } from './ended-writers';
import { liveWriters } from './live-writers';

/** Who is taken for dead, and when: all cases at once, because most of them wait for a silence of a minute. */
export async function* adoption(ground: Ground): AsyncGenerator<Bar> {
  const cases = [...liveWriters(ground), ...endedWriters(ground), besideASetClock(ground)];
  for (const played of await Promise.allSettled(cases)) {
    if (played.status === 'fulfilled') yield played.value;
    else yield barOf('a case that could not be played', false, String(played.reason));
  }
}
