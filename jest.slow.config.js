'use strict';

// What `npm run test:slow` runs: the tests called `*.slow.test.ts`, `*.slow.legacy.test.ts` or `*.slow.standard.test.ts`.
module.exports = require('./test/jest-config')({ slow: true });
