// Picture files as people have them: four shapes in many sizes, formats, orientations and on many grounds, some transparent, some
// deeper than 8 bits, a few with megapixels.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { createRandom, type Random } from '#kindred/core/random.js';

const LIGHT = { inks: ['#102030', '#803010', '#000'], grounds: ['#fff', '#f4f0e0', '#e0e8ff'] };
const DARK = { inks: ['#f0e0d0', '#fff', '#80ff90'], grounds: ['#000', '#181018', '#203010'] };
const OPAQUE = ['jpg', 'png', 'webp', 'jpg', 'tif', 'jpg', 'gif', 'deep', 'jpg', 'palette'];
const TRANSPARENT = ['png', 'webp', 'gif', 'tif'];

/** Writes `count` pictures into `folder` and a folder in it. */
export async function writeMixedPictures(folder: string, count: number): Promise<void> {
  mkdirSync(join(folder, 'inner'), { recursive: true });
  const random = createRandom(7, 'mixed pictures');
  for (let index = 0; index < count; index++) {
    const isTransparent = index % 9 === 4;
    const image = await drawn(random, index % 4, index % 23 === 5, isTransparent);
    const format = isTransparent ? any(random, TRANSPARENT) : OPAQUE[index % OPAQUE.length];
    const name = join(folder, index % 3 === 0 ? 'inner' : '.', String(index).padStart(3, '0'));
    await written(image, format, name, random);
  }
}

function any<T>(random: Random, items: readonly T[]): T {
  return items[random.integer(items.length)];
}

async function drawn(random: Random, kind: number, isLarge: boolean, isTransparent: boolean): Promise<Sharp> {
  const [least, more] = isLarge ? [1500, 900] : [20, 580];
  const [width, height] = [least + random.integer(more), least + random.integer(more)];
  const { inks, grounds } = random.integer(3) > 0 ? LIGHT : DARK;
  const ground = `<rect width="${width}" height="${height}" fill="${any(random, grounds)}"/>`;
  const shape = shapeOf(random, kind, width, height, any(random, inks));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${isTransparent ? '' : ground}${shape}</svg>`;
  const { data, info } = await sharp(Buffer.from(svg)).raw().toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: info.channels };
  if (isTransparent) return sharp(data, { raw });
  // Some noise, as cameras and scanners have it.
  for (let at = 0; at < data.length; at++) {
    if (at % 4 < 3) data[at] = Math.max(0, Math.min(255, data[at] + random.integer(9) - 4));
  }
  return sharp(data, { raw }).removeAlpha();
}

function shapeOf(random: Random, kind: number, width: number, height: number, ink: string): string {
  const m = Math.min(width, height) * (0.25 + random.integer(10) / 60);
  const x = width * (0.45 + random.integer(11) / 100);
  const y = height * (0.45 + random.integer(11) / 100);
  return [
    `<circle cx="${x}" cy="${y}" r="${m}" fill="none" stroke="${ink}" stroke-width="${m / 3}"/>`,
    `<rect x="${x - m}" y="${y - m / 3}" width="${2 * m}" height="${m / 1.5}" fill="${ink}"/>`,
    `<path d="M${x - m} ${y + m} L${x} ${y - m} L${x + m} ${y + m} Z" fill="${ink}"/>`,
    `<path d="M${x - m} ${y - m} L${x + m} ${y + m} M${x + m} ${y - m} L${x - m} ${y + m}" stroke="${ink}" stroke-width="${m / 3}"/>`,
  ][kind];
}

async function written(image: Sharp, format: string, name: string, random: Random): Promise<void> {
  switch (format) {
    case 'jpg': {
      const coloured = random.integer(3) === 0 ? image.toColourspace('b-w') : image;
      const orientation = 1 + random.integer(8);
      const turned = random.integer(2) === 0 ? coloured : coloured.withMetadata({ orientation });
      const chromaSubsampling = any(random, ['4:4:4', '4:2:0']);
      const quality = 70 + random.integer(30);
      const progressive = random.integer(3) === 0;
      await turned.jpeg({ quality, progressive, chromaSubsampling }).toFile(`${name}.jpg`);
      return;
    }
    case 'deep':
      await image.toColourspace('grey16').png().toFile(`${name}.png`);
      return;
    case 'palette':
      await image.png({ palette: true }).toFile(`${name}.png`);
      return;
    default:
      await image.toFile(`${name}.${format}`);
  }
}
