/**
 * Runs steps in their order, as many side by side as may be, and resolves when each has run or was skipped.
 *
 * @typedef {object} Step
 * @property {string} name
 * @property {readonly string[]} needs the steps that have to pass first: where one did not, this one is skipped
 * @property {boolean} [alone] whether nothing else may run meanwhile
 * @property {string} [uses] what only one step at a time may use
 *
 * @template {Step} S
 * @param {readonly S[]} steps
 * @param {object} how
 * @param {number} how.atOnce how many steps run at the same time, at most
 * @param {(step: S) => Promise<boolean>} how.perform runs a step, and resolves to whether it passed
 * @param {(step: S, missing: string) => void} how.skip is told of a step that is skipped, and which need did not pass
 */
export async function runSideBySide(steps, { atOnce, perform, skip }) {
  /** @type {Map<string, boolean>} whether a step that is over has passed */
  const over = new Map();
  /** @type {Map<S, Promise<void>>} */
  const running = new Map();
  let waiting = [...steps];

  for (;;) {
    for (const step of waiting) {
      const missing = step.needs.find((need) => over.get(need) === false);
      if (missing !== undefined) {
        over.set(step.name, false);
        skip(step, missing);
      } else if (step.needs.every((need) => over.has(need))) {
        const others = [...running.keys()];
        // Nothing overtakes a step that waits for quiet: it would wait for ever.
        if (others.length >= atOnce || others.some(({ alone }) => alone) || (step.alone && others.length > 0)) break;
        if (step.uses === undefined || others.every(({ uses }) => uses !== step.uses)) start(step);
      }
    }
    waiting = waiting.filter((step) => !over.has(step.name) && !running.has(step));
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (waiting.length > 0) throw new Error(`no step before them is what these need: ${waiting.map(({ name }) => name)}`);

  function start(step) {
    const ending = perform(step).then((passed) => {
      running.delete(step);
      over.set(step.name, passed);
    });
    running.set(step, ending);
  }
}
