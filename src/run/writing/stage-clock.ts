// How long each stage of a run took, for the card, and how long the run will still take, for whoever waits: a stage
// begins with its first progress report.
import type { Progress, ReportProgress, StageCost } from '../../core/progress.js';

export interface StageClock {
  /** ISO 8601. */
  readonly startedAt: string;
  /** What the stages from now on take on a known machine, in their order; without it nobody knows. */
  expect(costs: readonly StageCost[]): void;
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
  let forecast = createForecast([]);
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
    startedAt: new Date().toISOString(),
    expect(costs) {
      forecast = createForecast(costs);
    },
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

// How long a run will take in all. What each stage takes on a known machine is written down; how much faster or
// slower this machine is today shows in the stages that are behind, and in the pace of the one under way.

interface Forecast {
  /**
   * Seconds until the end, `secondsInStage` after `stage` began, of which the share `done` (0 … 1) is behind;
   * null for a stage that nobody forecast.
   */
  secondsLeft(stage: string, secondsInStage: number, done: number): number | null;
  /** Notes what a stage took. */
  finish(stage: string, seconds: number): void;
}

/** The known machine's word counts as much as this many of its own seconds on this one. */
const TRUST_SECONDS = 1;
/** From this share of a stage on its own pace tells more than what was written down. */
const TELLING_SHARE = 0.1;

/** `costs` in the order of the stages; a stage may come several times. */
export function createForecast(costs: readonly StageCost[]): Forecast {
  let behind = 0;
  let expected = TRUST_SECONDS;
  let taken = TRUST_SECONDS;

  /** Place of the next stage of that name; −1 for none. */
  const placeOf = (stage: string) =>
    costs.findIndex((cost, place) => place >= behind && cost.stage === stage);

  return {
    secondsLeft(stage, secondsInStage, done) {
      const place = placeOf(stage);
      if (place < 0) return null;
      const pace = taken / expected;
      const forecast = costs[place].seconds * pace * (1 - done);
      const rest = done >= TELLING_SHARE ? (secondsInStage / done) * (1 - done) : forecast;
      // A slow stage under way is news about the others too.
      const paceNow =
        done >= TELLING_SHARE ? (taken + secondsInStage) / (expected + costs[place].seconds * done) : pace;
      const later = costs.slice(place + 1).reduce((sum, { seconds }) => sum + seconds, 0);
      return rest + later * paceNow;
    },
    finish(stage, seconds) {
      const place = placeOf(stage);
      if (place < 0) return;
      behind = place + 1;
      expected += costs[place].seconds;
      taken += seconds;
    },
  };
}
