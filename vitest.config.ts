import { defineConfig } from 'vitest/config';
import { summaryReporter } from './test/support/summary-reporter.js';

// Tests run against dist/, the files that ship: workers, the launcher and the library are the real ones.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/own-cache.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    maxWorkers: 2,
    reporters: ['default', summaryReporter()],
  },
});
