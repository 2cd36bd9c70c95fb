// How long a run will take, forecast from what its stages take elsewhere and how it goes here.
import { describe, expect, it } from 'vitest';
import { createForecast, createStageClock } from '#kindred/run/writing/stage-clock.js';

const COSTS = [
  { stage: 'features', seconds: 4 },
  { stage: 'neighbours', seconds: 2 },
  { stage: 'kinds', seconds: 4 },
  { stage: 'neighbours', seconds: 1 },
  { stage: 'networks', seconds: 89 },
];

describe('createForecast', () => {
  it('begins with what is written down', () => {
    expect(createForecast(COSTS).secondsLeft('features', 0, 0)).toBeCloseTo(100);
  });

  it('learns from the stages behind how fast this machine is', () => {
    const forecast = createForecast(COSTS);
    forecast.finish('features', 12);
    forecast.finish('neighbours', 6);
    // Three times slower: 94 seconds become 282, less the trust in what was written down.
    const left = forecast.secondsLeft('kinds', 0, 0)!;
    expect(left).toBeGreaterThan(0.85 * 282);
    expect(left).toBeLessThan(282);
  });

  it('believes the pace of the stage under way more than any word', () => {
    const forecast = createForecast(COSTS);
    for (const { stage, seconds } of COSTS.slice(0, 4)) forecast.finish(stage, seconds);
    expect(forecast.secondsLeft('networks', 10, 0.5)).toBeCloseTo(10);
  });

  it('takes a stage that comes twice for the next of its name', () => {
    const forecast = createForecast(COSTS);
    for (const stage of ['features', 'neighbours', 'kinds']) {
      forecast.finish(stage, COSTS.find((cost) => cost.stage === stage)!.seconds);
    }
    expect(forecast.secondsLeft('neighbours', 0, 0)).toBeCloseTo(90);
  });

  it('says nothing of a stage that nobody forecast', () => {
    expect(createForecast(COSTS).secondsLeft('embedding', 1, 0.5)).toBeNull();
    expect(createForecast([]).secondsLeft('train', 1, 0.5)).toBeNull();
  });
});

describe('createStageClock', () => {
  it('adds the seconds left to the reports of stages whose cost is known, and to no others', () => {
    const reports: (number | undefined)[] = [];
    const clock = createStageClock(({ secondsLeft }) => reports.push(secondsLeft));
    clock.expect(COSTS);
    clock.report({ stage: 'read', done: 0, total: 10, unit: 'images' });
    clock.report({ stage: 'features', done: 0, total: 10, unit: 'images' });
    expect(reports[0]).toBeUndefined();
    expect(reports[1]).toBeCloseTo(100, 0);
  });
});
