const base = require('../../jest.config.cjs');

/** Clients are slow to load, and drive a browser: one file after the other, with time. */
module.exports = {
  ...base,
  rootDir: __dirname,
  testMatch: ['<rootDir>/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  modulePathIgnorePatterns: [],
  globalSetup: '<rootDir>/support/global-setup.ts',
  globalTeardown: '<rootDir>/../setup/global-teardown.ts',
  testTimeout: 120_000,
};
