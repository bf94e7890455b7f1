'use strict';
const { join } = require('node:path');

// Tests of these folders run once per decorator dialect; every other test runs once, in `standard`.
const bothDialects = ['call', 'decorators', 'integration', 'runtime'];

// Every test is one or the other: its name has the word, or it has not.
const named = '\\.slow\\.[^/\\\\]*$';
const notNamed = `^(?!.*${named})`;

/**
 * What a run of jest covers.
 *
 * @param {{ slow: boolean }} options whether the slow tests are run, or all the others
 * @returns {import('jest').Config}
 */
module.exports = function jestConfig({ slow }) {
  const project = (dialect, testMatch, otherDialect) => ({
    displayName: dialect,
    testEnvironment: 'node',
    rootDir: join(__dirname, '..'),
    roots: ['<rootDir>/test'],
    testMatch: testMatch.map((glob) => `<rootDir>/test/${glob}`),
    testPathIgnorePatterns: ['<rootDir>/test/fixtures/', `\\.${otherDialect}\\.test\\.ts$`, slow ? notNamed : named],
    transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: `<rootDir>/test/tsconfig.${dialect}.json` }] },
  });
  return {
    projects: [
      project('standard', ['**/*.test.ts'], 'legacy'),
      project('legacy', [`{${bothDialects.join(',')}}/**/*.test.ts`, '**/*.legacy.test.ts'], 'standard'),
    ],
    testTimeout: 30_000,
    maxWorkers: '100%',
    collectCoverageFrom: ['src/**/*.ts'],
  };
};
