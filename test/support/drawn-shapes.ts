// A pile of drawn shapes in twelve kinds, some of them much alike: what a person would sort at a glance.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { createRandom } from '#kindred/core/random.js';

/** Each within −10 … 10. */
const SHAPES = {
  circle: '<circle r="9"/>',
  ring: '<circle r="7" fill="none" stroke="white" stroke-width="4"/>',
  oval: '<ellipse rx="10" ry="6"/>',
  heart: '<path d="M0 9 C-16 -2 -7 -13 0 -5 C7 -13 16 -2 0 9Z"/>',
  square: '<rect x="-8" y="-8" width="16" height="16"/>',
  diamond: '<path d="M0 -10 L7 0 L0 10 L-7 0Z"/>',
  hexagon: '<path d="M-9 0 L-5 -8 L5 -8 L9 0 L5 8 L-5 8Z"/>',
  triangle: '<path d="M0 -10 L9 8 L-9 8Z"/>',
  star: '<path d="M0 -10 L3 -3 L10 -3 L4 2 L6 9 L0 5 L-6 9 L-4 2 L-10 -3 L-3 -3Z"/>',
  cross: '<path d="M-3 -10 H3 V-3 H10 V3 H3 V10 H-3 V3 H-10 V-3 H-3Z"/>',
  moon: '<path d="M4 -10 A10 10 0 1 0 4 10 A8 10 0 0 1 4 -10Z"/>',
  arrow: '<path d="M0 -10 L9 0 H4 V10 H-4 V0 H-9Z"/>',
};

const SIDE = 32;

/** Draws `each` pictures of every kind into `folder`, named after it: `heart-07.png`. */
export async function drawShapes(folder: string, each: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const random = createRandom(3, 'drawn shapes');
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  for (const [kind, shape] of Object.entries(SHAPES)) {
    for (let at = 0; at < each; at++) {
      const place = `translate(${between(15, 17)} ${between(15, 17)})`;
      const turn = `rotate(${between(-25, 25)}) scale(${between(0.7, 1.3)} ${between(0.7, 1.3)})`;
      const dots = Array.from(
        { length: 12 },
        () => `<circle cx="${between(0, SIDE)}" cy="${between(0, SIDE)}" r="1" opacity=".6"/>`,
      );
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}" fill="white">
        <rect width="${SIDE}" height="${SIDE}" fill="black"/><g transform="${place} ${turn}">${shape}</g>${dots.join('')}</svg>`;
      await sharp(Buffer.from(svg))
        .png()
        .toFile(join(folder, `${kind}-${`${at}`.padStart(2, '0')}.png`));
    }
  }
}

/** `pile/heart-07.png` → `heart` */
export function shapeOf(id: string): string {
  return /(\w+)-\d+\.png$/.exec(id)?.[1] ?? id;
}
