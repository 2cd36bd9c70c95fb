// Ctrl-C while a network trains, and --resume: the same bytes come out.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRunCard } from '#kindred/run/files/card.js';
import { readCheckpoint } from '#kindred/run/files/checkpoint.js';
import { sharedFolder } from '../support/folders.js';
import { firstDigits, writePile } from '../support/mnist.js';
import {
  hasLogged,
  outcome,
  reproducible,
  reproducibleFiles,
  stopped,
  temporaryFiles,
  trained,
} from '../support/runs.js';

const cwd = sharedFolder();
const pile = { train: firstDigits('train', 120), test: firstDigits('t10k', 60) };
writePile(join(cwd, 'pile'), pile);

const trainings: [string, string][] = [
  ['dense, Adagrad, 1 thread', '--steps 2000 --encoding-size 16 --threads 1'],
  ['deep dense, Adam, 2 threads', '--steps 260 --hidden 64 --encoding-size 8 --optimizer adam --threads 2'],
  ['convolutional, Adagrad, 2 threads', '--steps 100 --convolution --batch-size 32 --threads 2'],
];

describe.each(trainings)('%s', (name, flags) => {
  const steps = Number(/--steps (\d+)/.exec(flags)?.[1]);
  const tag = name.replace(/\W+/g, '-');

  it('stopped by Ctrl-C and resumed: the same bytes as undisturbed', async () => {
    const undisturbed = await trained(cwd, `${tag}-whole`, `pile ${flags}`);
    const { code, stdout, stderr } = await stopped(cwd, tag, `pile ${flags}`, 'SIGINT', hasLogged(1));
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    const sentence = stderr.trimEnd().split('\n').at(-1);
    expect(sentence).toMatch(/^kindred: Stopped after \d+ of \d+ training steps; /);
    expect(sentence).toContain(`kindred train --resume --tag ${tag}`);
    const run = join(cwd, 'runs', tag);
    expect(readRunCard(run).finished).toBe(false);
    expect(temporaryFiles(run)).toEqual([]);
    const { step } = readCheckpoint(run)!;
    expect(step).toBeGreaterThan(0);
    expect(step).toBeLessThan(steps);

    await trained(cwd, tag, '--resume');
    expect(Object.keys(reproducible(run))).toEqual(reproducibleFiles(steps));
    expect(outcome(run)).toEqual(outcome(undisturbed));
    expect(readRunCard(run)).toMatchObject({ finished: true, training: { stepsDone: steps } });
  });
});
