// Copies change nothing: the number of kinds and the accuracy of piles in which every picture occurs several times, beside
// those of the same pictures once.
//
// npm run bench -- copies [--content digits|drawings]… [--count N]… [--times N|unequal]… [--damage NAME]… [--seed 0]
//
// Exits 1 where the number of kinds is another, or the accuracy more than a point away.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { createRandom } from '../dist/core/random.js';
import { parseCsv } from '../dist/run/files/csv.js';
import { digits, drawings, SIDE, writePile } from './drawn.mjs';
import { table } from './measure.mjs';
import { trainedOn } from './trained-on.mjs';

const A_POINT = 0.01;

export async function run(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      content: { type: 'string', multiple: true, default: ['digits', 'drawings'] },
      count: { type: 'string', multiple: true, default: ['300', '1000'] },
      times: { type: 'string', multiple: true, default: ['2', '5', '20', 'unequal'] },
      damage: { type: 'string', multiple: true, default: Object.keys(DAMAGES) },
      seed: { type: 'string', default: '0' },
    },
  });
  const place = mkdtempSync(join(tmpdir(), 'kindred-copies-'));
  const seed = Number(values.seed);
  const rows = [];
  try {
    for (const content of values.content) {
      for (const count of values.count.map(Number)) {
        const pile = content === 'digits' ? digits(count) : await drawings(count, seed);
        const once = resultOn(place, pile, seed);
        rows.push([content, count, 'once', '', once.k, percent(once.accuracy), '']);
        for (const times of values.times) {
          for (const damage of values.damage) {
            const found = resultOn(place, await withCopies(pile, times, DAMAGES[damage], seed), seed);
            const isSame = found.k === once.k && Math.abs(found.accuracy - once.accuracy) <= A_POINT;
            rows.push([
              content,
              count,
              times,
              damage,
              found.k,
              percent(found.accuracy),
              isSame ? '' : 'differs',
            ]);
            console.error(rows.at(-1).join('  '));
          }
        }
      }
    }
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
  console.log(table(['pictures', 'of them', 'times', 'copies', 'kinds', 'accuracy', ''], rows));
  const differing = rows.filter((row) => row.at(-1) !== '').length;
  console.log(
    `\n${differing} of ${rows.filter(([, , times]) => times !== 'once').length} differ from the pile without copies.`,
  );
  if (differing > 0) process.exitCode = 1;
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** The accuracy is that of the originals: copies weigh a picture more, and change nothing about it. */
function resultOn(place, pile, seed) {
  const source = join(place, 'pile');
  const order = writePile(source, pile, seed);
  const { folder, card } = trainedOn(source, place);
  const path = join(folder, 'scores.csv');
  const [, ...rows] = parseCsv(readFileSync(path, 'utf8'), path);
  const originals = rows.filter(([id]) => pile.isOriginal?.[order[Number(id)]] ?? true);
  const right = originals.filter(([, , , correct]) => correct === 'true');
  return { k: card.k, accuracy: right.length / originals.length };
}

/** Each picture as often as `times` says (1 to 20 where it says unequal), the copies damaged. */
async function withCopies({ images, labels }, times, damage, seed) {
  const random = createRandom(seed, 'copies');
  const all = { images: [], labels: [], isOriginal: [] };
  for (const [at, image] of images.entries()) {
    const copies = (times === 'unequal' ? 1 + random.integer(20) : Number(times)) - 1;
    all.images.push(image);
    for (let copy = 0; copy < copies; copy++) all.images.push(await damage(image, random));
    for (let copy = 0; copy <= copies; copy++) {
      all.labels.push(labels[at]);
      all.isOriginal.push(copy === 0);
    }
  }
  return all;
}

const raw = { raw: { width: SIDE, height: SIDE, channels: 1 } };

async function recompressed(image) {
  const jpeg = await sharp(image, raw).jpeg({ quality: 60 }).toBuffer();
  return sharp(jpeg).greyscale().raw().toBuffer();
}

/** By a pixel in one of eight directions; what leaves on one side comes in on the other. */
function shifted(image, random) {
  const [down, right] = [
    [-1, -1],
    [-1, 0],
    [-1, 1],
    [0, -1],
    [0, 1],
    [1, -1],
    [1, 0],
    [1, 1],
  ][random.integer(8)];
  return Uint8Array.from(image, (_, at) => {
    const row = (Math.floor(at / SIDE) - down + SIDE) % SIDE;
    const column = ((at % SIDE) - right + SIDE) % SIDE;
    return image[row * SIDE + column];
  });
}

function brightened(image, random) {
  const factor = 0.7 + 0.6 * random.uniform();
  return Uint8Array.from(image, (value) => Math.min(255, Math.round(factor * value)));
}

const DAMAGES = {
  exact: (image) => image,
  recompressed,
  shifted,
  brightened,
  mixed: (image, random) => [recompressed, shifted, brightened][random.integer(3)](image, random),
};
