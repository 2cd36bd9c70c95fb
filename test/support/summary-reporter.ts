// The last line of a test run: `N passed, N failed`, for people and for scripts that read only the end.
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** `12 passed, 0 failed`, and what was skipped, if anything. */
export function tallyLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}

/** Counts tests; a file that cannot be loaded and an error outside any test count as one failure each. */
export function tally(modules: readonly TestModule[], strayErrors: number): Tally {
  const count = { passed: 0, failed: strayErrors, skipped: 0 };
  for (const module of modules) {
    let failedInside = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') count.passed += 1;
      else if (state === 'failed') failedInside += 1;
      else count.skipped += 1;
    }
    count.failed += failedInside === 0 && module.state() === 'failed' ? 1 : failedInside;
  }
  return count;
}

/** A Vitest reporter; it stands after the others, so that its line comes last. */
export function summaryReporter(): Reporter {
  return {
    onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]) {
      const counted = tally(modules, errors.length);
      if (counted.passed + counted.failed === 0) process.exitCode = 1;
      // When the process exits, everything that the other reporters had to say is out.
      process.on('exit', () => process.stdout.write(`${tallyLine(counted)}\n`));
    },
  };
}
