// How long a run will take in all. What each stage takes on a known machine is written down; how much faster or
// slower this machine is today shows in the stages that are behind, and in the pace of the one under way.
import type { StageCost } from '../../core/progress.js';

export interface Forecast {
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
