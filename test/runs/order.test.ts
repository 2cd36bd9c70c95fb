// The order of a pile means nothing: training draws its own.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRunCard } from '#kindred/run/files/card.js';
import { sharedFolder } from '../support/folders.js';
import { firstDigits, reordered, writePile } from '../support/mnist.js';
import { trained } from '../support/runs.js';

const cwd = sharedFolder();
/** Trained until the losses of the seeds lie close together. */
const NETWORK = '--steps 300 --batch-size 64 --encoding-size 16 --optimizer adam --learning-rate 0.01';

describe('order', () => {
  it('a pile sorted by class trains as well as a shuffled one', async () => {
    const digits = firstDigits('train', 1200);
    const heldOut = firstDigits('t10k', 300);
    const order = [...digits.labels.keys()].sort((a, b) => digits.labels[a] - digits.labels[b] || a - b);
    writePile(join(cwd, 'as-it-is'), { train: digits, test: heldOut });
    writePile(join(cwd, 'sorted'), { train: reordered(digits, order), test: heldOut });
    const runs = async (pile: string, seeds: readonly number[]) => {
      const losses: number[] = [];
      const accuracies: number[] = [];
      for (const seed of seeds) {
        const flags = `${NETWORK} --num-clusters 20 --threads 1 --seed ${seed}`;
        const card = readRunCard(await trained(cwd, `${pile}-${seed}`, `${pile} ${flags}`));
        losses.push(card.training!.heldOutLoss!);
        accuracies.push(card.metrics!.train.majorityAccuracy);
      }
      return { losses, accuracies };
    };
    const plain = await runs('as-it-is', [1, 2, 3, 4]);
    const sorted = await runs('sorted', [1, 2, 3, 4]);
    // The files' order only permutes what a seed draws: both are four samples of one distribution, whose means
    // differ by less than twice the range of four (a difference of more than five standard errors).
    const lossMargin = 2 * range(plain.losses);
    expect(Math.abs(mean(sorted.losses) - mean(plain.losses))).toBeLessThan(lossMargin);
    expect(Math.abs(mean(sorted.accuracies) - mean(plain.accuracies))).toBeLessThan(
      2 * range(plain.accuracies),
    );
    // The measure sees a network that was shown one digit last, as a sorted pile read in order would do.
    writePile(join(cwd, 'nines'), { train: reordered(digits, order.slice(-100)), test: heldOut });
    const nines = await runs('nines', [1]);
    expect(nines.losses[0] - mean(plain.losses)).toBeGreaterThan(4 * lossMargin);
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function range(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}
