// A killed process, and Ctrl-C after the training; --resume brings the same bytes.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRunCard } from '#kindred/run/files/card.js';
import { readCheckpoint } from '#kindred/run/files/checkpoint.js';
import { sharedFolder } from '../support/folders.js';
import { firstDigits, writePile } from '../support/mnist.js';
import {
  hasLogged,
  inStage,
  outcome,
  reproducible,
  reproducibleFiles,
  stopped,
  temporaryFiles,
  trained,
} from '../support/runs.js';

const cwd = sharedFolder();
const pile = { train: firstDigits('train', 240), test: firstDigits('t10k', 60) };
writePile(join(cwd, 'pile'), pile);

describe('a killed process', () => {
  it('before its first checkpoint, and again after one: the same bytes as undisturbed', async () => {
    const line = 'pile --steps 1500 --encoding-size 16 --threads 1';
    const undisturbed = await trained(cwd, 'never-killed', line);
    const run = join(cwd, 'runs', 'killed');
    await stopped(cwd, 'killed', line, 'SIGKILL', hasLogged(1));
    expect(readCheckpoint(run)).toBeNull();
    expect(readRunCard(run).finished).toBe(false);
    await stopped(cwd, 'killed', '--resume', 'SIGINT', hasLogged(2));
    expect(readCheckpoint(run)?.step).toBeGreaterThan(0);
    await stopped(cwd, 'killed', '--resume', 'SIGKILL', inStage('train'));
    expect(readRunCard(run).finished).toBe(false);
    await trained(cwd, 'killed', '--resume');
    expect(outcome(run)).toEqual(outcome(undisturbed));
  });
});

describe('after the training', () => {
  it.each([
    ['autoencoder', '--steps 20 --threads 1 --tb-embedding', 'encode', 20],
    ['kmeans', '--method kmeans --threads 2', 'k-means', null],
  ])('%s stopped while it clusters: resumed, the same bytes', async (method, flags, stage, steps) => {
    const line = `pile ${flags} --num-clusters 120 --restarts 40`;
    const undisturbed = await trained(cwd, `${method}-whole`, line);
    const { code, stderr } = await stopped(cwd, method, line, 'SIGINT', inStage(stage));
    expect(code).toBe(130);
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^kindred: Stopped before the end; .*--resume/);
    const run = join(cwd, 'runs', method);
    expect(temporaryFiles(run)).toEqual([]);
    await trained(cwd, method, '--resume');
    expect(existsSync(join(run, 'projector_config.pbtxt'))).toBe(flags.includes('--tb-embedding'));
    expect(Object.keys(reproducible(run))).toEqual(reproducibleFiles(steps));
    expect(outcome(run)).toEqual(outcome(undisturbed));
  });
});
