/** Something that still has lines to write when the process ends. */
interface Draining {
  drainNow(): void;
}

const draining = new Set<Draining>();

function drainAll(): void {
  for (const each of draining) each.drainNow();
}

/** Gives it a last chance at the `exit` event, which comes with `process.exit` and what nobody has caught, too. */
export function drainAtExit(each: Draining): void {
  if (draining.size === 0) process.on('exit', drainAll);
  draining.add(each);
}

/** Nothing is left to write. */
export function forgetAtExit(each: Draining): void {
  if (draining.delete(each) && draining.size === 0) process.off('exit', drainAll);
}
