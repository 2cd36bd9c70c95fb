// What confidence is worth where a few images are of a kind too rare to be one: the expected calibration error of piles of
// large kinds with 1, 2, 5 and 10 % of strangers.
//
// npm run bench -- strangers [--share S]… [--seeds 3]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom } from '../dist/core/random.js';
import { digits, drawings, writePile } from './drawn.mjs';
import { median, table } from './measure.mjs';
import { trainedOn } from './trained-on.mjs';
import { wholeNumber } from './training.mjs';

const LARGE = 600;

export async function run(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      share: { type: 'string', multiple: true, default: ['0', '0.01', '0.02', '0.05', '0.1'] },
      seeds: { type: 'string', default: '3' },
    },
  });
  const place = mkdtempSync(join(tmpdir(), 'kindred-strangers-'));
  const rows = [];
  try {
    for (const [name, pileOf] of Object.entries(PILES)) {
      const row = [name];
      for (const share of values.share.map(Number)) {
        const errors = [];
        for (let seed = 0; seed < wholeNumber('seeds', values.seeds); seed++) {
          const pile = await pileOf(share, seed);
          const source = join(place, 'pile');
          writePile(source, pile, seed);
          const { card } = trainedOn(source, place);
          errors.push(card.metrics.train.reliability.expectedCalibrationError);
        }
        row.push(`${median(errors).toFixed(3)} (${Math.max(...errors).toFixed(3)})`);
      }
      rows.push(row);
      console.error(row.join('  '));
    }
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
  console.log('Expected calibration error, median (largest) over seeds');
  console.log(table(['pile', ...values.share.map((share) => `${100 * share} % strangers`)], rows));
}

/** `large` kinds of 600 images, and a share of the whole that is of `rare` ones, all drawn by the seed. */
function digitPile(large, rare) {
  return (share, seed) => {
    const order = Array.from(createRandom(seed, 'kinds').permutation(10));
    const kinds = order.slice(0, large).map((kind) => digits(LARGE, (label) => label === kind, 'train'));
    const strangers = Math.round((share / (1 - share)) * large * LARGE);
    const among = order.slice(large, large + rare);
    const others = among.map((kind, at) =>
      digits(
        Math.floor(strangers / rare) + (at < strangers % rare ? 1 : 0),
        (label) => label === kind,
        'train',
      ),
    );
    return joined([...kinds, ...others]);
  };
}

async function drawnPile(share, seed) {
  const [one, other, rare] = Array.from(createRandom(seed, 'kinds').permutation(6));
  const strangers = Math.round((share / (1 - share)) * 2 * LARGE);
  const parts = [await drawings(2 * LARGE, seed, [one, other])];
  if (strangers > 0) parts.push(await drawings(strangers, seed + 100, [rare]));
  return joined(parts);
}

function joined(piles) {
  return { images: piles.flatMap(({ images }) => images), labels: piles.flatMap(({ labels }) => labels) };
}

const PILES = {
  'three digits, one rare': digitPile(3, 1),
  'three digits, seven rare': digitPile(3, 7),
  'eight digits, two rare': digitPile(8, 2),
  'two shapes, one rare': drawnPile,
};
