'use strict';

// What `npm test` runs: every test but the slow ones, which jest.slow.config.js runs.
module.exports = require('./test/jest-config')({ slow: false });
