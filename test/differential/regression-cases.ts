import type { RandomCase, RandomMethod } from './random-case';

const plain: RandomMethod = {
  kind: 'returns',
  gives: 'undefined',
  ending: 'ends',
  stack: ['Audited'],
  option: 'none',
  foreignAt: undefined,
  isStatic: false,
  inner: 'none',
  length: 0,
};

function calling(method: Partial<RandomMethod>): RandomCase {
  return {
    state: 'in memory',
    inheritance: 'flat',
    store: 'none',
    key: 0,
    methods: [{ ...plain, ...method }],
    calls: [{ method: 0, receiver: 'instance', style: 'direct', use: 'complete', given: 0 }],
  };
}

/** Cases that once showed a difference; they run before the random ones. */
export const regressionCases: readonly RandomCase[] = [
  // It never started: its `then` was passed over.
  calling({ kind: 'lazy promise', option: 'durable' }),
];
