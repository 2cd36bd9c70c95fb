// How long each stage of a run took, for the card: a stage begins with its first progress report.
import type { Progress, ReportProgress } from '../core/progress.js';

export interface StageClock {
  /** Passes reports on, and notes when a stage begins. */
  readonly report: ReportProgress;
  /** Begins a stage that reports no progress. */
  enter(stage: string): void;
  /** Wall-clock seconds so far: in all, and of each stage. */
  seconds(): Record<string, number> & { readonly total: number };
}

export function createStageClock(report: ReportProgress): StageClock {
  const began = performance.now();
  const milliseconds = new Map<string, number>();
  let current: string | null = null;
  let since = began;

  function enter(stage: string): void {
    const now = performance.now();
    if (current !== null) milliseconds.set(current, (milliseconds.get(current) ?? 0) + now - since);
    current = stage;
    since = now;
  }

  return {
    enter,
    report(progress: Progress) {
      if (progress.stage !== current) enter(progress.stage);
      report(progress);
    },
    seconds() {
      if (current !== null) enter(current);
      const stages = [...milliseconds].map(([stage, value]) => [stage, rounded(value)] as const);
      return { total: rounded(performance.now() - began), ...Object.fromEntries(stages) };
    },
  };
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds) / 1000;
}
