// How long each stage of a run took, for the card, and how long the run will still take, for whoever waits: a stage
// begins with its first progress report.
import type { Progress, ReportProgress, StageCost } from '../../core/progress.js';
import { createForecast } from './time-left.js';

export interface StageClock {
  /** Passes reports on, and notes when a stage begins. */
  readonly report: ReportProgress;
  /** Begins a stage that reports no progress. */
  enter(stage: string): void;
  /** Wall-clock seconds so far: in all, and of each stage. */
  seconds(): Record<string, number> & { readonly total: number };
}

/** `costs`: what the stages take on a known machine; empty where nobody knows. */
export function createStageClock(report: ReportProgress, costs: readonly StageCost[] = []): StageClock {
  const began = performance.now();
  const milliseconds = new Map<string, number>();
  const forecast = createForecast(costs);
  let current: string | null = null;
  let since = began;

  function enter(stage: string): void {
    const now = performance.now();
    if (current !== null) {
      milliseconds.set(current, (milliseconds.get(current) ?? 0) + now - since);
      // Reading the clock in the middle of a stage does not end it.
      if (stage !== current) forecast.finish(current, (now - since) / 1000);
    }
    current = stage;
    since = now;
  }

  return {
    enter,
    report(progress: Progress) {
      if (progress.stage !== current) enter(progress.stage);
      const { done, total } = progress;
      const share = total === null ? 0 : total > 0 ? done / total : 1;
      const left = forecast.secondsLeft(progress.stage, (performance.now() - since) / 1000, share);
      report(left === null ? progress : { ...progress, secondsLeft: left });
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
