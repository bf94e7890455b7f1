'use strict';

// Tests of these folders run once per decorator dialect; every other test runs once, in `standard`.
const bothDialects = ['call', 'decorators', 'integration', 'runtime'];

function project(dialect, testMatch, otherDialect) {
  return {
    displayName: dialect,
    testEnvironment: 'node',
    roots: ['<rootDir>/test'],
    testMatch: testMatch.map((glob) => `<rootDir>/test/${glob}`),
    testPathIgnorePatterns: ['<rootDir>/test/fixtures/', `\\.${otherDialect}\\.test\\.ts$`],
    transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: `<rootDir>/test/tsconfig.${dialect}.json` }] },
  };
}

/** @type {import('jest').Config} */
module.exports = {
  projects: [
    project('standard', ['**/*.test.ts'], 'legacy'),
    project('legacy', [`{${bothDialects.join(',')}}/**/*.test.ts`, '**/*.legacy.test.ts'], 'standard'),
  ],
  testTimeout: 30_000,
  maxWorkers: '100%',
  collectCoverageFrom: ['src/**/*.ts'],
};
