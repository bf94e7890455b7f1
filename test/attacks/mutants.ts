import type { Mutant } from '../faults/build-mutant';

/** A defence that is taken away, and the bar that has to fail without it. */
export interface TakenDefence extends Mutant {
  readonly part: string;
  readonly bar: string;
}

/** A writer that does not look whether its directory is its own after it was stopped. */
export const looksNowhere: TakenDefence = {
  name: 'writes on after a pause without a look at its directory',
  file: 'heartbeat.js',
  from: 'return performance.now() - this.#heardAt > pauseMs || Math.abs(Date.now() - this.#heardOn) > pauseMs;',
  to: 'return false;',
  part: 'adoption',
  bar: 'stopped past its lease',
};

/** What shows that each case can fail: `npm run test:attacks -- --mutants`. */
export const takenDefences: readonly TakenDefence[] = [
  looksNowhere,
  {
    name: 'takes a lease that cannot be read for one that is gone',
    file: 'writer-lease.js',
    from: "if (error.code === 'ENOENT')\n            return undefined;\n        throw error;",
    to: 'return undefined;',
    part: 'adoption',
    bar: 'EIO while a lease is read',
  },
  {
    name: 'takes another boot for this one',
    file: 'process-place.js',
    from: 'return place.bootId !== boot || (place.pidNamespace',
    to: 'return (place.pidNamespace',
    part: 'adoption',
    bar: 'the same host name, another boot',
  },
  {
    name: 'takes another container for this one',
    file: 'process-place.js',
    from: ' || (place.pidNamespace ?? namespace) !== namespace',
    to: '',
    part: 'adoption',
    bar: 'stopped past its lease',
  },
  {
    name: 'judges silence by clocks that can be set',
    file: 'writer-lease.js',
    from: 'if (beatSinceBootMs !== undefined && (0, process_place_1.sharesClock)(lease))',
    to: 'if (false)',
    part: 'adoption',
    bar: 'clock set beside a live writer',
  },
  {
    name: 'calls a chain that has split tampered',
    file: 'chain-verifier.js',
    from: 'if (!this.#isEnded || this.#takeOver === undefined)',
    to: 'if (true)',
    part: 'adoption',
    bar: 'a chain that has split',
  },
  {
    name: 'takes a thread for alive as long as its process is',
    file: 'process-place.js',
    from: "return (thread ?? '') === '' || startOf(`/proc/${pid}/task/${thread}`) === threadStartedAt;",
    to: 'return true;',
    part: 'adoption',
    bar: 'a thread that ends before',
  },
  {
    name: 'looks for writers that are gone at its start alone',
    file: 'guarded-chain.js',
    from: 'if (performance.now() - this.#adoptedAt > adoptionIntervalMs) {',
    to: 'if (false) {',
    part: 'adoption',
    bar: 'a container that is restarted at once',
  },
  {
    name: 'takes a process for another with its number',
    file: 'process-place.js',
    from: 'if (startOf(`/proc/${pid}`) !== startedAt)',
    to: 'if (false)',
    part: 'adoption',
    bar: 'a process number that is used again',
  },
  {
    name: 'ends no file for its age',
    file: 'guarded-chain.js',
    from: 'if (this.#isAgeDue())',
    to: 'if (false)',
    part: 'clock-jumps',
    bar: 'days without a call',
  },
  {
    name: 'believes a clock that is far ahead',
    file: 'age-limit.js',
    from: 'if (known - ended > longestSilenceMs)',
    to: 'if (false)',
    part: 'clock-jumps',
    bar: 'clock set in a running process',
  },
  {
    name: 'limits what others have written as well',
    file: 'retention.js',
    from: 'own === undefined || uidOf(path) === own',
    to: 'true',
    part: 'shared-by-users',
    bar: 'each user its own limit',
  },
  {
    name: 'adopts what others have left',
    file: 'adopt-writers.js',
    from: 'if (uid !== (process.geteuid?.() ?? uid))',
    to: 'if (false)',
    part: 'shared-by-users',
    bar: 'left by another user',
  },
];
