import { defineConfig } from 'vitest/config';

// Tests run against dist/, the files that ship: workers, the launcher and the library are the real ones.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
